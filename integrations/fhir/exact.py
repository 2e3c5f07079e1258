"""Numbers exact to the digit both ways: decimals are read as written and written as they are."""

import json
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

UG_PER_MG = 1_000
#: 10 000 mg: more is no amount anybody hands out.
MOST_UG = 10_000 * UG_PER_MG
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Refused(Exception):
    """What was sent cannot be used: the status, HL7's issue type, why, and where it stands."""

    def __init__(self, status: int, code: str, text: str, expression: str = "") -> None:
        super().__init__(text)
        self.status, self.code, self.text, self.expression = status, code, text, expression


def read_json(body: bytes) -> Any:
    """JSON with decimals as ``Decimal``. Raises Refused for what is none."""
    try:
        return json.loads(body, parse_float=_decimal, parse_constant=_constant)
    except RecursionError:
        raise Refused(400, "structure", "the body is nested too deeply") from None
    except (ValueError, UnicodeDecodeError):
        raise Refused(400, "structure", "the body is not valid JSON") from None


def _decimal(text: str) -> Decimal:
    try:
        made = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not made.is_finite() or abs(made.adjusted()) > 30:
        raise ValueError("a number without bounds")
    return made


def _constant(name: str) -> Any:
    raise ValueError(name)


def write_json(value: Any) -> bytes:
    """JSON with decimals as they are: 1.50 stays 1.50."""
    return _ENCODER.encode(value)


def mg_of(amount_ug: int) -> Decimal:
    """Milligrams without digits that say nothing: 80, 1.5, 0.001."""
    whole, part = divmod(amount_ug, UG_PER_MG)
    return Decimal(whole) if part == 0 else Decimal(f"{whole}.{part:03d}".rstrip("0"))


def ug_of(value: Any, expression: str) -> int:
    """Whole micrograms of milligrams. Raises Refused for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Refused(422, "value", "an amount is a number of mg", expression)
    amount = Decimal(value) * UG_PER_MG
    if amount != amount.to_integral_value():
        raise Refused(422, "value", "an amount is whole micrograms", expression)
    if not 0 < amount <= MOST_UG:
        raise Refused(422, "value", "an amount is more than nothing, at most 10000 mg", expression)
    return int(amount)
