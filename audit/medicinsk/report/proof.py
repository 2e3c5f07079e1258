"""The last page: how much of the ledger, books and definitions with their hashes, the limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer

from audit.medicinsk.model import BookInForce, Report
from audit.medicinsk.report import layout
from audit.medicinsk.report.layout import ROOM, heading, table, words
from audit.medicinsk.report.wording import Wording, limits

WORDS = frozenset(range(4))
HEX_SHOWN = 16


def checkpoint_line(report: Report, said: Wording) -> str:
    """The own chain's end and newest signed checkpoint, for the foot of every page."""
    own = [one for one in report.ledger if one.institution == report.institution.code]
    for one in (own or report.ledger)[:1]:
        line = said.text(
            "made_from",
            chain=one.institution,
            seq=said.number(one.last_seq),
            hash=one.head_hash[:HEX_SHOWN],
        )
        if one.signed is None:
            return f"{line} · {said.text('not_signed_to')}"
        signed = said.text(
            "signed_to", size=said.number(one.signed.size), root=one.signed.root[:HEX_SHOWN]
        )
        return f"{line} · {signed}"
    return ""


def pages(report: Report, said: Wording) -> Iterator[Flowable]:
    """Basis and proof."""
    yield heading(said.text("proof"), 0, "proof")
    yield words(said.text("ledger"), layout.H2)
    yield words(said.text("ledger_text"))
    yield Spacer(0, 2 * mm)
    yield table(
        tuple(said.text(key) for key in ("chain", "entries", "hash")),
        [
            (
                one.institution,
                f"{said.number(one.first_seq)} – {said.number(one.last_seq)}",
                _wrapped(one.head_hash),
            )
            for one in report.ledger
        ],
        [ROOM * part for part in (0.34, 0.2, 0.46)],
        words_in=WORDS,
    )
    for one in report.ledger:
        if one.signed is not None:
            yield words(
                said.text(
                    "signed_to_text",
                    origin=one.signed.origin,
                    size=said.number(one.signed.size),
                    root=_wrapped(one.signed.root),
                )
            )
    yield words(said.text("books"), layout.H2)
    yield from _books(report, said)
    yield words(said.text("definitions_hash"), layout.H2)
    yield words(_wrapped(report.definitions_sha256))
    yield words(said.text("limits"), layout.H2)
    yield table(
        (said.text("figure"), said.text("value"), said.text("source")),
        [(one.name, f"{one.value} {one.unit}", one.source) for one in limits().values()],
        [ROOM * part for part in (0.16, 0.3, 0.54)],
        words_in=WORDS,
    )


def _wrapped(digest: str) -> str:
    """A hash in groups of sixteen, which break where a line ends."""
    return " ".join(digest[at : at + HEX_SHOWN] for at in range(0, len(digest), HEX_SHOWN))


def _books(report: Report, said: Wording) -> Iterator[Flowable]:
    if not report.books:
        yield words(said.text("no_book"))
        return
    names = {
        place.unit_id: place.name
        for place in (report.institution, *(other.institution for other in report.others))
    }
    # Institutions that went by the same book on the same days stand together.
    together: dict[BookInForce, list[str]] = {}
    for one in report.books:
        together.setdefault(replace(one, unit_id=0), []).append(names.get(one.unit_id, ""))
    yield table(
        tuple(said.text(key) for key in ("institution", "book", "in_force", "unconfirmed", "hash")),
        [
            (
                ", ".join(places),
                one.book_id,
                f"{said.day(one.from_on)} – "
                f"{said.text('still') if one.to_on is None else said.day(one.to_on)}",
                "–" if one.unconfirmed is None else said.number(one.unconfirmed),
                _wrapped(one.sha256),
            )
            for one, places in together.items()
        ],
        [ROOM * part for part in (0.24, 0.15, 0.21, 0.13, 0.27)],
        words_in=frozenset({0, 1, 2, 4}),
    )
