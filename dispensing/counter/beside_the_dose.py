"""What stands beside the dose on the panel: its preparation, the night's dose, a taper, withdrawal.

Pure; every sentence through gettext.
"""

from dispensing.counter.history_lines import Reader, night_order
from dispensing.counter.preview import Preview
from dispensing.counter.views import NightView, ProductView, TaperView, WithdrawalView
from dispensing.web.sedative_words import substances
from dosing_rules import Product
from dosing_rules.ordered import NIGHT_PART


def taper_view(shown: Preview, reader: Reader) -> TaperView | None:
    """The taper that runs, and its next step."""
    taper = shown.taper
    if taper is None:
        return None
    return TaperView(
        what=substances(reader.say).get(taper.atc, taper.atc),
        word=taper.word(shown.desk.on),
        days_behind=taper.days_behind(shown.desk.on),
        next_on=taper.next_on,
        next_ug=taper.next_ug,
        pregnant=shown.desk.patient.pregnant is True,
    )


def night_view(shown: Preview, reader: Reader) -> NightView | None:
    """Both orders of whoever has two: how far each is today, and which one is in front."""
    both, on = shown.both, shown.desk.on
    night = night_order(both, on) if both is not None else None
    main = both.prescription if both is not None else None
    if both is None or night is None or main is None:
        return None
    had = {claim.part for claim in both.claims or () if claim.for_on == on}
    return NightView(
        in_front=shown.desk.at_night,
        main_name=_product_name(main.product, reader),
        main_parts_ug=tuple(main.part_ug(on, part) for part in main.parts()),
        main_had=sum(part in had for part in main.parts()),
        night_name=_product_name(night.product, reader),
        night_ug=night.day_ug(on),
        night_had=NIGHT_PART in had,
    )


def withdrawal_view(shown: Preview) -> WithdrawalView | None:
    """The withdrawal measured today, and whether it still counts."""
    desk, reading = shown.desk, shown.desk.reading
    if reading is None:
        return None
    minutes = int((desk.at - reading.at).total_seconds()) // 60
    counts = reading.counts_for(desk.patient)
    return WithdrawalView(reading.cows, reading.at, reading.by, max(minutes, 0), counts)


def product_view(shown: Preview, reader: Reader) -> ProductView | None:
    """The preparation in the bottle scanned, beside the one ordered."""
    bottle = shown.checked.bottle
    prescription = shown.desk.patient.prescription
    product: Product | None = bottle.product if bottle else None
    if product is None and prescription is not None:
        product = prescription.product
    if product is None:
        return None
    ordered = prescription.product if prescription is not None else product
    return ProductView(
        name=_product_name(product, reader),
        strength_ug=product.strength_ug,
        per=product.per,
        form=product.form,
        bottle=bottle.scan_code if bottle else None,
        step_ul=shown.checked.book.measurable_step_ul,
        step_unconfirmed=not shown.checked.book.limits["measurable_step_ul"].confirmed,
        open_strengths_ug=_open_strengths_ug(shown, ordered),
        ordered_name=_product_name(ordered, reader),
        ordered_strength_ug=ordered.strength_ug,
    )


def _open_strengths_ug(shown: Preview, product: Product) -> tuple[int, ...]:
    if product.per != "ml":
        return ()
    alike = {
        bottle.product.strength_ug
        for bottle in shown.desk.bottles
        if (bottle.product.substance, bottle.product.form) == (product.substance, product.form)
        and bottle.expires_on >= shown.desk.on
    }
    return tuple(sorted(alike))


def _product_name(product: Product, reader: Reader) -> str:
    say = reader.say
    substances = {
        "methadone": say("Metadon"),
        "buprenorphine": say("Buprenorfin"),
        "diacetylmorphine": say("Heroin"),
    }
    forms = {
        "oral_solution": say("mikstur"),
        "tablet": say("tabletter"),
        "sublingual_tablet": say("under tungen"),
        "injection": say("injektion"),
        "depot": say("depot"),
    }
    return f"{substances[product.substance]}, {forms[product.form]}"
