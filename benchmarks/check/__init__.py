"""One check with every rule, beside the same rules in GoRules zen-engine."""
