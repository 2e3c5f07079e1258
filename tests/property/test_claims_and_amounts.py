"""More taken is never less strict; amounts and volumes conserve exactly (H01, H02, H08, H09)."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from dosing_rules import Claim, Severity, check_dispensing, load_book
from dosing_rules.amounts import AmountError, is_measurable, mg_text, parse_mg, volume
from tests.property.scenes import scenes
from tests.spec.columns import Scene
from tests.spec.standard import NOW, TODAY

BOOK = load_book("dk-crk-2026")
CLAIMS = st.builds(
    Claim,
    for_on=st.integers(-14, 35).map(lambda days: TODAY + timedelta(days=days)),
    part=st.integers(1, 3),
    amount_ug=st.integers(1, 200_000),
    how=st.sampled_from(["supervised", "take_home"]),
    state=st.sampled_from(["reserved", "uncertain", "given"]),
    unit_id=st.integers(1, 3),
    at=st.just(NOW),
)


def stops(row: Scene, *more: Claim) -> set[str]:
    """The rules that stop, with more doses taken."""
    request, patient = row.built()
    if more and patient.claims is not None:
        patient = replace(patient, claims=(*patient.claims, *more))
    findings = check_dispensing(request, patient, BOOK).findings
    return {finding.rule_id for finding in findings if finding.severity is Severity.STOP}


@given(row=scenes(most=4), claim=CLAIMS)
@settings(max_examples=400)
def test_one_more_dose_taken_never_hides_a_stop(row: Scene, claim: Claim) -> None:
    """H01 H02: wherever, whenever and in whatever state the other dose was taken."""
    assert stops(row) <= stops(row, claim)


@given(row=scenes(most=0), claim=CLAIMS)
@settings(max_examples=200)
def test_a_dose_taken_for_what_is_asked_stops(row: Scene, claim: Claim) -> None:
    """H01 H02: the same day and part, any amount, any unit, any state: stop."""
    asked = row.request["doses"][0]
    assert stops(row, replace(claim, for_on=asked.for_on, part=asked.part))


AMOUNTS = st.integers(0, 999_999_999_999)


@given(amount_ug=AMOUNTS, comma=st.booleans())
@settings(max_examples=1_000)
def test_print_and_parse_are_inverse(amount_ug: int, comma: bool) -> None:
    """H09: what is shown is read back as the same amount, to the microgram."""
    text = mg_text(amount_ug, comma=comma)
    assert parse_mg(text) == amount_ug
    assert not (("," in text or "." in text) and text.endswith("0"))


@given(text=st.text(max_size=12))
@settings(max_examples=1_000)
def test_any_text_is_an_amount_or_an_error(text: str) -> None:
    """H08 H09: nothing else ever happens, and what is read prints back as the same value."""
    try:
        amount_ug = parse_mg(text)
    except AmountError:
        return
    assert parse_mg(mg_text(amount_ug)) == amount_ug


@given(
    amount_ug=st.integers(0, 2_000_000),
    strength_ug=st.sampled_from([400, 1_000, 2_000, 5_000, 10_000, 100_000]),
    step_ul=st.sampled_from([1, 10, 50, 100]),
)
@settings(max_examples=2_000)
def test_volume_times_strength_is_the_amount(
    amount_ug: int, strength_ug: int, step_ul: int
) -> None:
    """H08: exact in fractions; what is drawn up is never more, and short by under one step."""
    drawn = volume(amount_ug, strength_ug, step_ul)
    assert drawn.exact_ul * strength_ug == amount_ug * 1_000
    assert drawn.measured_ul % step_ul == 0
    assert drawn.measured_ug <= amount_ug
    assert 0 <= drawn.exact_ul - drawn.measured_ul < step_ul
    assert drawn.is_exact == is_measurable(amount_ug, strength_ug, step_ul)
