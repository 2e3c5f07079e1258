"""The ledger: an append-only chain of keyed commitments per institution, in plain PostgreSQL.

`entry` and `chain` are pure (what is sealed, how it is linked), `append` writes one hand-out's
entries in the caller's transaction, `bulk` writes many as COPY rows with the same bytes, `verify`
reads everything again and says what does not fit. Nothing here knows the service's tables.
"""

from audit.ledger.chain import genesis, link
from audit.ledger.entry import Entry, Sealed, canonical_json, seal

__all__ = ["Entry", "Sealed", "canonical_json", "genesis", "link", "seal"]
