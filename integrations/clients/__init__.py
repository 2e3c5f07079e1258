"""Machine clients: what SMART backend services and OAuth 2.0 say, with nothing of this service."""
