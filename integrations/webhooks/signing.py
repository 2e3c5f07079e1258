"""Signatures as Standard Webhooks ask for, by its library; two while a secret is being changed."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook


def signed_headers(
    message_id: str, at: datetime, body: str, secrets: Sequence[str]
) -> Mapping[str, str]:
    """The three headers of a message. ``secrets``: ``whsec_…``, the newest first."""
    # The library reads any zone as UTC: it is given UTC.
    moment = at.astimezone(UTC)
    signatures = [Webhook(secret).sign(message_id, moment, body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
