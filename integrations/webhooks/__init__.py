"""What other systems are told of unasked: that something happened to somebody, nothing more."""
