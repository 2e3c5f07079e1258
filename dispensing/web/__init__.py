"""What every page shares: rendering, languages, forms, static files. No use case and no SQL."""
