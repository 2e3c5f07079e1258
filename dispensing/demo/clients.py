"""A client for each pharmacy of a demonstration, with a key pair in the data folder.

They are registered when the demonstration starts and are no part of the loaded bytes, as PINs and
cards. A key that lies there already is used again.
"""

import json
import os
from pathlib import Path
from typing import Any

import psycopg
from joserfc.jwk import ECKey

from dispensing.clients import by_command
from dispensing.clients.terms import NewClient, Terms
from dispensing.demo.catalogue import PLACES
from dispensing.errors import Conflict

BY = "i.skov"
SCOPES = (
    "system/MedicationRequest.rs",
    "system/MedicationDispense.crs",
    "system/Patient.rs",
)


def register_clients(connection: psycopg.Connection[Any], folder: Path) -> int:
    """Register what is not registered yet; answers how many clients there are. Commits."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    pharmacies = [place for place in PLACES if place.kind == "pharmacy"]
    for place in pharmacies:
        key = _key(folder / f"{place.code}.pem")
        there = by_command.acts_at(connection, BY, place.code)
        terms = Terms(json.dumps(key.as_dict(private=False)), SCOPES)
        new = NewClient(place.code, place.name, "pharmacy", "pharmacist", place.unit_id, terms)
        try:
            by_command.register(connection, BY, new, there.counter_id)
        except Conflict:
            continue
    return len(pharmacies)


def _key(file: Path) -> ECKey:
    """The private key of a file, readable by its owner only; made once."""
    if not file.exists():
        made = ECKey.generate_key("P-384").as_pem(private=True)
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
            written.write(made)
    return ECKey.import_key(file.read_bytes())
