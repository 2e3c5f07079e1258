"""Speed, as ratios within one run: `make bench`. docs/performance.md says how to read them."""
