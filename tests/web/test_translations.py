"""Both languages are whole: what a template or a page says in Danish, English says too."""

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from dispensing.web import render

METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "say": None, "gettext": None, "ngettext": (1, 2), "N_": None}


def _said() -> set[str]:
    found: set[str] = set()
    root = render.LOCALE.parents[1]
    areas = sorted(folder.name for folder in root.iterdir() if (folder / "__init__.py").exists())
    for area in areas:
        for _, _, message, _, _ in extract_from_dir(
            str(root / area),
            METHODS,
            {"**/templates/**.html": {"extensions": "jinja2.ext.i18n"}},
            KEYWORDS,
        ):
            found.add(message[0] if isinstance(message, tuple) else message)
    return found


def _english() -> dict[str, object]:
    with (render.LOCALE / "en.po").open("rb") as file:
        return {
            message.id[0] if isinstance(message.id, tuple) else message.id: message.string
            for message in read_po(file, locale="en")
            if message.id
        }


def test_every_danish_message_has_an_english_one() -> None:
    """Danish is what templates say; nothing said lacks English."""
    english = _english()
    lacking = sorted(text for text in _said() if not english.get(text))
    assert lacking == []


def test_no_english_message_is_left_over() -> None:
    assert sorted(set(_english()) - _said()) == []


def test_placeholders_are_the_same_in_both() -> None:
    """A translation that drops a number would raise, or hide it, at the counter."""
    import re

    marks = re.compile(r"%(?:\(\w+\))?s")
    for danish, english in _english().items():
        for text in english if isinstance(english, tuple) else (english,):
            assert sorted(marks.findall(danish)) == sorted(marks.findall(str(text))), danish
