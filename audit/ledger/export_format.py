"""The file of an exported ledger: JSON, line by line.

    {"format": "dispensing-ledger", "version": 1, ...}             first line: what this is
    {"key": "..."}                                                 public keys the signer named
    {"checkpoint": "..."}                                          each signed note, cosignatures in
    {"succession": "..."}                                          where a log went on as another
    {"chain": {"chain_id": 1, "institution": ..., "head": ...}}    each chain, then its blocks:
    {"block": {"chain_id": 1, "first": 1, "lines": 16384, "bytes": 9876543}}
    [[seq, moment_us, kind, body, hash], [seq, kind, person_id, person_seq, unit_id, actor_id,
      on, amount_ug, payload, key, erased_by_seq]]                 its lines
    {"end": {"chains": 2, "entries": 1234}}                        last line: nothing was cut off

Bytes are base64. An entry without its payload row has null there, and the other way round.
"""

FORMAT, VERSION = "dispensing-ledger", 1
#: Lines in a block: a power of two, so that trees of blocks lie side by side.
BLOCK = 16_384
