"""The secret of an endpoint, drawn anew each time it is needed: none is kept anywhere."""

import base64
import hashlib
import hmac


def secret_of(key: bytes, endpoint_id: int, generation: int) -> str:
    """``whsec_…`` of an endpoint. ``key`` is the service's own."""
    told = f"webhook v1\n{endpoint_id}\n{generation}\n".encode()
    return "whsec_" + base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()
