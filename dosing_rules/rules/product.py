"""Is the bottle or package in the hand the ordered one?"""

from dosing_rules.facts import Patient, Request
from dosing_rules.rule import Objection, rule, stop
from dosing_rules.rulebook import RuleBook


@rule(
    id="product-not-scanned",
    asks="Was the bottle or package scanned?",
    source="CT-01 right product and strength",
    only="bottle",
)
def product_not_scanned(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if request.product is not None:
        return None
    return stop("scan-right-bottle")


@rule(
    id="wrong-substance",
    asks="Is it the ordered substance?",
    source="CT-01 right product; wrong formulation is a known cause of harm",
    only="bottle",
)
def wrong_substance(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order, scanned = patient.prescription, request.product
    if order is None or scanned is None or scanned.substance == order.product.substance:
        return None
    return stop(
        "scan-right-bottle",
        scanned_substance=scanned.substance,
        ordered_substance=order.product.substance,
    )


@rule(
    id="wrong-form",
    asks="Is it the ordered form?",
    source="CT-01 right product; UK-14 forms of one substance are not interchangeable",
    only="bottle",
)
def wrong_form(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order, scanned = patient.prescription, request.product
    if order is None or scanned is None or scanned.form == order.product.form:
        return None
    return stop("scan-right-bottle", scanned_form=scanned.form, ordered_form=order.product.form)


@rule(
    id="wrong-route",
    asks="Is it meant for the ordered route?",
    source="CT-01 right product",
    only="bottle",
)
def wrong_route(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order, scanned = patient.prescription, request.product
    if order is None or scanned is None or scanned.route == order.product.route:
        return None
    return stop("scan-right-bottle", scanned_route=scanned.route, ordered_route=order.product.route)


@rule(
    id="wrong-strength",
    asks="Has it the ordered strength?",
    source="CT-01 right strength; 1 and 5 mg/ml bottles of methadone look alike",
    only="bottle",
)
def wrong_strength(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order, scanned = patient.prescription, request.product
    if order is None or scanned is None:
        return None
    ordered = order.product
    if scanned.strength_ug == ordered.strength_ug and scanned.per == ordered.per:
        return None
    return stop(
        "scan-right-bottle",
        scanned_strength_ug=scanned.strength_ug,
        scanned_per=scanned.per,
        ordered_strength_ug=ordered.strength_ug,
        ordered_per=ordered.per,
    )


@rule(
    id="wrong-product",
    asks="Is it the very product that is ordered?",
    source="CT-01 right product; combination and single preparations share a strength",
    only="bottle",
)
def wrong_product(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order, scanned = patient.prescription, request.product
    if order is None or scanned is None or scanned.code == order.product.code:
        return None
    return stop("scan-right-bottle", scanned_code=scanned.code, ordered_code=order.product.code)


@rule(
    id="product-without-strength",
    asks="Does the ordered product have a strength to measure by?",
    source="CT-01 mg = ml x mg/ml; a strength of nothing cannot be measured",
    only="irregular",
)
def product_without_strength(
    request: Request, patient: Patient, book: RuleBook
) -> Objection | None:
    order = patient.prescription
    if order is None or order.product.strength_ug > 0:
        return None
    return stop("new-prescription", ordered_strength_ug=order.product.strength_ug)
