"""The documents by which a client finds the token endpoint: SMART configuration and RFC 8414."""

from collections.abc import Iterable
from typing import Any

from integrations.clients.assertion import ALGORITHMS

TOKEN_PATH = "/oauth2/token"
_SPOKEN: dict[str, Any] = {
    "grant_types_supported": ["client_credentials"],
    "token_endpoint_auth_methods_supported": ["private_key_jwt"],
    "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
}


def smart_configuration(base: str, scopes: Iterable[str]) -> dict[str, Any]:
    """``/.well-known/smart-configuration`` of a service at ``base`` (no slash at its end)."""
    return {
        **_SPOKEN,
        "issuer": base,
        "token_endpoint": base + TOKEN_PATH,
        "scopes_supported": list(scopes),
        "code_challenge_methods_supported": ["S256"],
        "capabilities": ["client-confidential-asymmetric", "permission-v2"],
    }


def authorization_server(
    base: str, scopes: Iterable[str], *, bound_to_certificates: bool
) -> dict[str, Any]:
    """``/.well-known/oauth-authorization-server`` (RFC 8414; RFC 8705 for the last member)."""
    return {
        **_SPOKEN,
        "issuer": base,
        "token_endpoint": base + TOKEN_PATH,
        "scopes_supported": list(scopes),
        "response_types_supported": [],
        "tls_client_certificate_bound_access_tokens": bound_to_certificates,
    }
