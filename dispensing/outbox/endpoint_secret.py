"""The secret of an endpoint, drawn anew each time it is needed: none is kept anywhere."""

import base64
import hashlib
import hmac
from uuid import UUID


def secret_of(key: bytes, salt: UUID, generation: int) -> str:
    """``whsec_…`` of an endpoint. ``key`` is the service's own, ``salt`` drawn for the endpoint.

    Numbers of endpoints come again after a restore; a salt does not.
    """
    told = f"webhook v2\n{salt}\n{generation}\n".encode()
    return "whsec_" + base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()
