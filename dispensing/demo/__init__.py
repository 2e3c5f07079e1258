"""A synthetic Copenhagen: invented units, staff and people, and a year of hand-outs by the rules.

Nobody here exists. Shares, ages and behaviour are drawn so that a demonstration looks like a
clinic; none of these numbers decides anything. What decides are the rules, which every hand-out of
the year passes.
"""


def sign_in_text() -> str:
    """How to sign in to a demonstration, for the screen."""
    from dispensing.demo.catalogue import DEMO_PASSWORD
    from dispensing.demo.staffing import sample_sign_ins

    lines = [f"  {name:<12} {DEMO_PASSWORD}   {what}" for name, what in sample_sign_ins()]
    return "Sign in (every demo account has the same password):\n" + "\n".join(lines)
