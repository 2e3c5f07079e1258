"""Why other units cannot hand out on closed days, in the reader's words."""

from collections.abc import Callable

from dispensing.closures.elsewhere import Elsewhere


def none_because(found: Elsewhere | None, _: Callable[[str], str]) -> tuple[str, ...]:
    """One line for each reason with its units; () where a unit can, or nobody was asked."""
    if found is None or found.offers:
        return ()
    words = {
        "closed": _("Lukket også: %(units)s"),
        "no-counter": _("Har ingen skranke: %(units)s"),
        "no-stock": _("Har ikke præparatet: %(units)s"),
        "rules": _("Reglerne stopper det også dér: %(units)s"),
    }
    lines: list[str] = []
    for why, text in words.items():
        units = [one.unit.name for one in found.not_there if one.why == why]
        if units:
            lines.append(text % {"units": ", ".join(units)})
    return tuple(lines)
