"""Labels of take-home doses: printed inside an open reservation, printed again, scanned back.

A label can be printed for nothing else, so that none lies about beforehand. Printing again voids
the code before it in the same act and asks why; each is an entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from psycopg.rows import class_row

from audit.ledger.entry import Entry
from dispensing.acts import Act, entry_of
from dispensing.counter.act import act
from dispensing.counter.ending import written
from dispensing.counter.give import open_reservation
from dispensing.counter.label_scan import RECORD_SCAN, label_in, live_labels
from dispensing.counter.loading import Desk
from dispensing.counter.outcome import LabelAnswer, Outcome, State, Statement, Writing
from dispensing.counter.reserve import acting
from dispensing.counter.store import DoseRow, PrintedLabel, Reservation
from dispensing.errors import CannotDecide, Conflict, NotFound, Unprocessable
from dispensing.labels import pdf, zpl
from dispensing.labels.codes import RANDOM_BYTES, NotALabelCode, new_code, read_code
from dispensing.labels.dosage_text import Preparation
from dispensing.labels.fitting import DoesNotFit
from dispensing.labels.label import Label
from dispensing.once_per_key import request_hash
from dispensing.people.sessions import HANDS_OUT, Actor, load_actor
from dispensing.wiring import Wiring
from dosing_rules.ordered import of_the_night

Format = Literal["pdf", "zpl"]
MEDIA_TYPES: dict[Format, str] = {"pdf": pdf.MEDIA_TYPE, "zpl": zpl.MEDIA_TYPE}

RECORD_LABEL = """
INSERT INTO label (code, reservation_id, for_day, part, print_no, person_id, unit_id, amount_ug,
    printed_by, printed_at)
VALUES (%(code)s, %(reservation_id)s, %(for_on)s, %(part)s, %(print_no)s, %(person_id)s,
    %(unit_id)s, %(amount_ug)s, %(staff_id)s, %(at)s)
"""
VOID_LABEL = """
INSERT INTO label_void (code, reason, voided_by, voided_at)
VALUES (%(void)s, %(reason)s, %(staff_id)s, %(at)s)
"""
# All that a label says but its code and dose.
LOAD_GROUND = """
SELECT p.given_name || ' ' || p.family_name AS name, d.name AS product_name, d.form,
    d.strength_ug, d.per, cardinality(q.parts_ug) AS of_parts, t.expires_on, t.lot,
    u.name AS unit_name, u.phone, r.book_id, r.doses
FROM reservation r
JOIN person o ON o.person_id = r.person_id
JOIN person p ON p.person_id = coalesce(o.merged_into_id, o.person_id)
JOIN product d ON d.code = r.product_code
JOIN prescription q ON (q.prescription_id, q.version)
    = (r.prescription_id, r.prescription_version)
JOIN bottle b ON b.bottle_id = r.bottle_id JOIN batch t USING (batch_id)
JOIN unit u ON u.unit_id = r.unit_id
WHERE r.reservation_id = %(reservation_id)s AND r.unit_id = %(unit_id)s
"""
# Of the entry's hash, beside its number: enough to tell it from another.
HEX_SHOWN = 8
WIDEST_RECEIPT = (999_999_999, "0" * HEX_SHOWN)
ANY_VOID = "SELECT exists (SELECT FROM label_void WHERE code = ANY (%(codes)s))"


@dataclass(frozen=True, slots=True)
class _Ground:
    name: str
    product_name: str
    form: str
    strength_ug: int
    per: Literal["ml", "unit"]
    of_parts: int
    expires_on: date
    lot: str
    unit_name: str
    phone: str | None
    book_id: str
    doses: list[list[Any]]

    def label(
        self, answer: LabelAnswer, amount_ug: int, step_ul: int, printed_as: tuple[int, str]
    ) -> Label:
        part = answer.part
        return Label(
            code=answer.code,
            name=self.name,
            product_name=self.product_name,
            preparation=Preparation(self.form, self.strength_ug, self.per, step_ul),
            for_on=answer.for_on,
            amount_ug=amount_ug,
            part=part,
            of_parts=self.of_parts if of_the_night(part) else max(self.of_parts, part),
            expires_on=self.expires_on,
            lot=self.lot,
            unit_name=self.unit_name,
            phone=self.phone,
            ledger=printed_as,
        )

    def rows(self) -> list[DoseRow]:
        """The doses carried home."""
        return [
            (date.fromisoformat(day), part, amount_ug, how)
            for day, part, amount_ug, how in self.doses
            if how == "take_home"
        ]


@dataclass(frozen=True, slots=True)
class Printed:
    """What a print answers: the act's outcome, and the document for the printer."""

    outcome: Outcome
    document: bytes
    media_type: str


async def print_labels(
    wiring: Wiring, token: str, reservation_id: int, as_: Format, key: str
) -> Printed:
    """A label for each take-home dose of an open reservation that has none yet.

    Raises Conflict where nothing is carried home, all have theirs, or the text has no room: then
    nothing was printed. A repeated key gives the same codes, unless one was voided since.
    """
    ground = await _ground(wiring, token, reservation_id, as_)
    drawn = [new_code(wiring.draw_bytes(RANDOM_BYTES)) for _ in ground.rows()]

    def build(actor: Actor, desk: Desk, more: Sequence[Any]) -> Writing:
        reservation = _at_hand(actor, more[0])
        rows = [row for row in reservation.doses if row[3] == "take_home"]
        if not rows:
            raise Conflict("nothing of this hand-out is carried home", slug="nothing-carried-home")
        labelled = {(label.for_on, label.part) for label in live_labels(reservation)}
        wanted = [row for row in rows if row[:2] not in labelled]
        if not wanted:
            raise Conflict(
                "each dose has its label: print one again, with the reason", slug="labels-printed"
            )
        new = [(code, row, 1) for code, row in zip(drawn, wanted, strict=False)]
        return _printed(actor, desk, reservation, new)

    asked = request_hash(f"print labels {reservation_id}", as_.encode())
    outcome = await act(wiring, token, key, asked, build, reservation_id=reservation_id)
    return await _with_document(wiring, ground, outcome, as_)


async def reprint_label(
    wiring: Wiring,
    token: str,
    reservation_id: int,
    for_on: date,
    part: int,
    reason: str,
    as_: Format,
    key: str,
) -> Printed:
    """Another label for one dose; the one before is void from now on, wherever it sticks.

    Raises NotFound for a dose without a label, Unprocessable without a reason.
    """
    why = written(reason)
    ground = await _ground(wiring, token, reservation_id, as_)
    code = new_code(wiring.draw_bytes(RANDOM_BYTES))

    def build(actor: Actor, desk: Desk, more: Sequence[Any]) -> Writing:
        reservation = _at_hand(actor, more[0])
        before = next(
            (x for x in live_labels(reservation) if (x.for_on, x.part) == (for_on, part)), None
        )
        row = next((row for row in reservation.doses if row[:2] == (for_on, part)), None)
        if before is None or row is None:
            raise NotFound("no label was printed for this dose")
        return _printed(actor, desk, reservation, [(code, row, before.print_no + 1)], before, why)

    body = f"{for_on} {part} {as_} {why}".encode()
    asked = request_hash(f"reprint label {reservation_id}", body)
    outcome = await act(wiring, token, key, asked, build, reservation_id=reservation_id)
    return await _with_document(wiring, ground, outcome, as_)


async def scan_label(
    wiring: Wiring, token: str, reservation_id: int, text: str, key: str
) -> Outcome:
    """A package's label is read at hand-over. Raises Conflict for any but a live one of this.

    Also for one that was read before: two packages may carry it.
    """
    try:
        code = read_code(text)
    except NotALabelCode as error:
        raise Unprocessable(str(error), field="label_code") from None

    def build(actor: Actor, desk: Desk, more: Sequence[Any]) -> Writing:
        reservation = _at_hand(actor, more[0])
        label = label_in(reservation, code)
        if label.scanned:
            raise Conflict(
                "this label was scanned already: if two packages carry it, print one again",
                slug="label-scanned-before",
            )
        facts = {"reservation": reservation.reservation_id, "label": code}
        row = {"code": code, "staff_id": actor.staff_id, "at": desk.at}
        entry = entry_of(acting(actor, desk), "label-scanned", facts)
        return _writing("label_scanned", desk, reservation, [(RECORD_SCAN, row)], [entry])

    asked = request_hash(f"scan label {reservation_id}", code.encode())
    return await act(wiring, token, key, asked, build, reservation_id=reservation_id)


def _at_hand(actor: Actor, document: str) -> Reservation:
    """The open reservation whose packages stand at the counter."""
    actor.must_be(*HANDS_OUT)
    reservation = open_reservation(actor, document)
    if reservation.uncertain:
        raise Conflict("nobody knows what became of this dose: tell first", slug="uncertain")
    return reservation


New = tuple[str, DoseRow, int]


def _printed(
    actor: Actor,
    desk: Desk,
    reservation: Reservation,
    new: Sequence[New],
    before: PrintedLabel | None = None,
    reason: str = "",
) -> Writing:
    shared = {
        "reservation_id": reservation.reservation_id,
        "person_id": desk.person_id,
        "unit_id": actor.unit_id,
        "staff_id": actor.staff_id,
        "at": desk.at,
    }
    statements: list[Statement] = []
    ledger: list[Entry] = []
    if before is not None:
        statements.append((VOID_LABEL, shared | {"void": before.code, "reason": reason}))
        ledger.append(_voided(acting(actor, desk), reservation, before.code, reason))
    for code, (day, part, ug, _), number in new:
        dose = {"code": code, "for_on": day, "part": part, "amount_ug": ug, "print_no": number}
        statements.append((RECORD_LABEL, shared | dose))
    further = acting(actor, desk, further=len(ledger))
    ledger.append(label_printed(further, reservation_id=reservation.reservation_id, new=new))
    labels = tuple(LabelAnswer(day, part, code) for code, (day, part, _, _), _ in new)
    return _writing("labels_printed", desk, reservation, statements, ledger, labels)


def label_printed(made: Act, *, reservation_id: int, new: Sequence[New]) -> Entry:
    """Labels were printed: for each its code, day, part, micrograms and number of print."""
    rows = [[code, day.isoformat(), part, ug, no] for code, (day, part, ug, _), no in new]
    return entry_of(made, "label-printed", {"reservation": reservation_id, "labels": rows})


def _voided(made: Act, reservation: Reservation, code: str, reason: str) -> Entry:
    facts = {"reservation": reservation.reservation_id, "label": code, "reason": reason}
    return entry_of(made, "label-voided", facts)


def _writing(
    state: State,
    desk: Desk,
    reservation: Reservation,
    statements: Sequence[Statement],
    entries: Sequence[Entry],
    labels: tuple[LabelAnswer, ...] = (),
) -> Writing:
    outcome = Outcome(state, desk.person_id, desk.at, reservation.reservation_id, labels=labels)
    return Writing(outcome, tuple(statements), tuple(entries))


async def _ground(wiring: Wiring, token: str, reservation_id: int, as_: Format) -> _Ground:
    """What the labels will say; raises Conflict before any is recorded where it has no room."""
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*HANDS_OUT)
        asked = {"reservation_id": reservation_id, "unit_id": actor.unit_id}
        async with connection.cursor(row_factory=class_row(_Ground)) as cursor:
            ground = await (await cursor.execute(LOAD_GROUND, asked)).fetchone()
        await connection.commit()
    if ground is None:
        raise NotFound("no such reservation here")
    trial = new_code(bytes(RANDOM_BYTES))
    answers = [LabelAnswer(day, part, trial) for day, part, _, _ in ground.rows()]
    _document(wiring, ground, answers, as_, WIDEST_RECEIPT)
    return ground


def _document(
    wiring: Wiring,
    ground: _Ground,
    answers: Sequence[LabelAnswer],
    as_: Format,
    printed_as: tuple[int, str],
) -> bytes:
    try:
        step_ul = wiring.book(ground.book_id).measurable_step_ul
    except KeyError:
        raise CannotDecide("the rule book of this reservation is not installed") from None
    amounts = {(day, part): ug for day, part, ug, _ in ground.rows()}
    labels = [
        ground.label(one, amounts[one.for_on, one.part], step_ul, printed_as) for one in answers
    ]
    try:
        return pdf.labels_pdf(labels) if as_ == "pdf" else zpl.labels_zpl(labels)
    except DoesNotFit as error:
        raise Conflict(
            f"{error}: write the label by hand, and write so when the dose is given",
            slug="label-does-not-fit",
        ) from error


async def _with_document(wiring: Wiring, ground: _Ground, outcome: Outcome, as_: Format) -> Printed:
    codes = [label.code for label in outcome.labels]
    async with wiring.pool.connection() as connection:
        row = await (await connection.execute(ANY_VOID, {"codes": codes})).fetchone()
        await connection.commit()
    if row is None or row[0]:
        # A repeated key after a reprint: the old code must not reach a printer again.
        raise Conflict("a label of these was printed again since", slug="label-voided")
    if (receipt := outcome.receipt) is None:
        raise CannotDecide("a print without its entry in the ledger")
    printed_as = (receipt.seq, receipt.hash[:HEX_SHOWN])
    document = _document(wiring, ground, outcome.labels, as_, printed_as)
    return Printed(outcome, document, MEDIA_TYPES[as_])
