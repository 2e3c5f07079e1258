"""Machine clients: registered, let in with a token for minutes, limited, logged call by call."""
