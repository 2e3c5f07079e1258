"""A synthetic Copenhagen: invented units, staff and people, and a year of hand-outs by the rules.

Nobody here exists. Shares, ages and behaviour are drawn so that a demonstration looks like a
clinic; none of these numbers decides anything. What decides are the rules, which every hand-out of
the year passes.
"""


def sign_in_text() -> str:
    """How to sign in to a demonstration, for the screen."""
    from dispensing.demo.catalogue import DEMO_PASSWORD, DEMO_PIN
    from dispensing.demo.staffing import demo_card, sample_sign_ins

    lines = [
        f"  {name:<12} {DEMO_PASSWORD}   {demo_card(number)}   {what}"
        for number, (name, what) in enumerate(sample_sign_ins(), 1)
    ]
    heading = (
        "Sign in (every demo account has the same password; those below have a staff card, typed"
        f" or scanned, and PIN {DEMO_PIN}):\n"
    )
    return heading + "\n".join(lines)
