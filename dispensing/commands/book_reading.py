"""A rule book as the doctor reads it who answers for its numbers: in words, by concern."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from dispensing.commands.screen import console
from dispensing.web.wording import Language, limit_text
from dosing_rules.amounts import mg_text

if TYPE_CHECKING:
    from dosing_rules import Limit, RuleBook
    from dosing_rules.rulebook import Signature

TEXTS = Path(__file__).parents[1] / "web" / "number_texts.toml"

# Concerns in the order in which a doctor reads; the first whose beginning fits takes the number.
_CONCERNS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Oversprungne dage", "Missed days", ("missed_", "methadone_missed", "buprenorphine_missed")),
    ("Oversprungne dage", "Missed days", ("diacetylmorphine_missed",)),
    (
        "Genoptagelse",
        "Beginning again",
        ("methadone_restart", "methadone_reind", "buprenorphine_r"),
    ),
    (
        "Start og indstilling",
        "Start and titration",
        ("titration", "methadone_first", "methadone_s"),
    ),
    ("Start og indstilling", "Start and titration", ("methadone_week", "increase_", "step_")),
    ("Start og indstilling", "Start and titration", ("buprenorphine_first", "buprenorphine_after")),
    ("Doser med hjem", "Take-home", ("take_home", "other_day", "certificate", "lost_")),
    ("Indkald og gennemgang", "Indkald and review", ("indkald", "review")),
    ("Set ved skranken", "Seen at the counter", ("sedation", "breathing", "oxygen", "alcohol")),
    ("Set ved skranken", "Seen at the counter", ("vomit", "withdrawal", "raised_", "restart_")),
    ("Set ved skranken", "Seen at the counter", ("dissolve", "urine")),
    ("Benzodiazepiner", "Benzodiazepines", ("diazepam", "taper", "benzodiazepine", "sedative")),
    ("Benzodiazepiner", "Benzodiazepines", ("dependence", "hypnotic", "anxiolytic")),
    ("Hjerte og anden medicin", "Heart and other medicines", ("ecg", "qt", "sedating", "maoi")),
    ("Hjerte og anden medicin", "Heart and other medicines", ("interaction", "renal", "medicine_")),
    ("Depot", "Depot", ("depot", "first_depot")),
    ("Doser og mellemrum", "Doses and intervals", ("interval_", "methadone_", "buprenorphine_")),
    ("Doser og mellemrum", "Doses and intervals", ("diacetylmorphine_", "thrice", "pregnancy")),
    ("Doser og mellemrum", "Doses and intervals", ("reduction_", "order_", "driving")),
)
_OTHER = {"da": "Identitet, mængder og andet", "en": "Identity, amounts and the rest"}
_SAID = {
    "da": {
        "default": "fra {base}",
        "confirmed": "bekræftet",
        "not confirmed": "ikke bekræftet",
        "weak": "svagt husket kilde",
        "unsaid": "Hvad bogen ikke selv siger, kommer fra {base}.",
        "open": "{count} af {all} tal er ikke bekræftet af en læge.",
        "tables": "Tabellerne, som de virker",
    },
    "en": {
        "default": "from {base}",
        "confirmed": "confirmed",
        "not confirmed": "not confirmed",
        "weak": "weakly remembered source",
        "unsaid": "What it does not say comes from {base}.",
        "open": "{count} of {all} numbers are not confirmed by a doctor.",
        "tables": "The tables, as they act",
    },
}
_TABLES: dict[str, dict[str, str]] = {
    "da": {
        "methadone": "metadon",
        "buprenorphine": "buprenorfin",
        "diacetylmorphine": "heroin",
        "inform": "vises",
        "confirm": "bekræftes",
        "doctor": "lægen spørges",
        "stop": "standses",
        "missed": "fra {days} oversprungne dage",
        "titration": " under indstilling",
        "then": ", derefter {days} overvågede dage i træk",
        "percent": "{} % af dosis før",
        "higher": " eller, hvis højere, ",
        "lower": " eller, hvis lavere, ",
        "above": " ved mere end {}",
        "begin": "begynd med højst {}",
        "home": "med hjem: før behandlingsdag {before} højst {days} dage",
        "depot": "første depot efter {} til {} om dagen under tungen: ",
        "weekly": "ugentligt",
        "monthly": "månedligt",
        "or": " eller ",
    },
    "en": {
        "missed": "{days} days missed",
        "titration": " while the dose is being set",
        "then": ", then {days} supervised days in a row",
        "percent": "{} % of the dose before",
        "higher": " or, if higher, ",
        "lower": " or, if lower, ",
        "above": " with more than {}",
        "begin": "begin with at most {}",
        "home": "take-home: before day {before} of treatment at most {days} days",
        "depot": "first depot after {} to {} a day under the tongue: ",
        "weekly": "weekly",
        "monthly": "monthly",
        "or": " or ",
    },
}
_INDENT = "    "


@lru_cache(maxsize=1)
def number_texts() -> dict[str, list[str]]:
    """What each number says: Danish, English. The file belongs to the wheel."""
    return tomllib.loads(TEXTS.read_text(encoding="utf-8"))


class Reading:
    """One book in one language."""

    def __init__(self, book: RuleBook, language: Language) -> None:
        self.book, self.language = book, language
        self._said = _SAID[language]

    def print(self) -> None:
        """All of it: what it is, every number by concern, the tables, and what is not confirmed."""
        book = self.book
        console.print(f"{book.id} · {book.title} · {book.jurisdiction}", style="bold", markup=False)
        console.print(f"sha256 {book.sha256}", soft_wrap=True)
        if book.falls_back_to is not None:
            console.print(self._said["unsaid"].format(base=book.falls_back_to))
        by_concern: dict[str, list[Limit]] = {}
        for limit in book.limits.values():
            by_concern.setdefault(self.concern(limit.name), []).append(limit)
        for heading in sorted(by_concern, key=self._order):
            console.print(f"\n{heading}", style="bold")
            for limit in by_concern[heading]:
                self._print_number(limit)
        console.print(f"\n{self._said['tables']}", style="bold")
        for line in self.table_lines():
            console.print(line, markup=False)
        count = sum(not limit.confirmed for limit in book.limits.values())
        console.print("\n" + self._said["open"].format(count=count, all=len(book.limits)))

    def _print_number(self, limit: Limit) -> None:
        """Two lines: what it says and its value; then how far it can be trusted, and its name."""
        from rich.padding import Padding
        from rich.table import Table
        from rich.text import Text

        line = Table.grid(padding=(0, 2), expand=True)
        line.add_column(ratio=1)
        line.add_column(justify="right")
        line.add_row(Text(self.words(limit.name)), Text(limit_text(limit, self.language), "bold"))
        console.print(line)
        about = f"{self.standing(limit)} · {limit.source} · {limit.name}"
        console.print(Padding(Text(about, "dim", overflow="fold"), (0, 0, 0, len(_INDENT))))

    def words(self, name: str) -> str:
        """What a number says; its own name where nobody wrote it down."""
        return number_texts().get(name, [name, name])[0 if self.language == "da" else 1]

    def standing(self, limit: Limit) -> str:
        """Confirmed or not, weakly remembered, inherited."""
        said = [self._said["confirmed" if limit.confirmed else "not confirmed"]]
        if limit.name in self.book.weak:
            said.append(self._said["weak"])
        if limit.name in self.book.defaulted:
            said.append(self._said["default"].format(base=self.book.falls_back_to))
        return ", ".join(said)

    def concern(self, name: str) -> str:
        """Under which heading a number stands."""
        for danish, english, beginnings in _CONCERNS:
            if name.startswith(beginnings):
                return danish if self.language == "da" else english
        return _OTHER[self.language]

    def _order(self, heading: str) -> int:
        headings = [one[0 if self.language == "da" else 1] for one in _CONCERNS]
        return headings.index(heading) if heading in headings else len(headings)

    def order_of(self, name: str) -> tuple[int, str]:
        """Where a number stands among all."""
        return self._order(self.concern(name)), name

    def value(self, name: str) -> str:
        """A number as it is compared with another book's; ``-`` where there is none."""
        if name not in self.book.limits:
            return "-"
        return limit_text(self.book.limits[name], self.language)

    def table_lines(self) -> list[str]:
        """The tables in words: missed days, beginning again, take-home by time in treatment."""
        return _table_lines(self.book, self.language)


def _table_lines(book: RuleBook, language: Language) -> list[str]:
    """Every row of the tables as a line: the same sentences in either language."""
    words = _TABLES[language]
    lines: list[str] = []
    for substance, bands in book.missed.items():
        for band in [one for rows in bands for one in rows]:
            titration = words["titration"] if band.titration else ""
            days = band.supervised_days
            then = words["then"].format(days=days) if days else ""
            severity = words.get(band.severity.word, band.severity.word)
            missed = words["missed"].format(days=band.days)
            lines.append(
                f"{words.get(substance, substance)}: {missed}{titration}: {severity}{then}"
            )
    for substance, ceilings in book.restart.items():
        for row in [one for rows in ceilings for one in rows]:
            amounts = [_mg(row.ug, language)] if row.ug is not None else []
            amounts += [words["percent"].format(row.percent)] if row.percent is not None else []
            most = words["higher" if row.higher else "lower"].join(amounts)
            above = words["above"].format(_mg(row.above_ug, language)) if row.above_ug else ""
            missed = words["missed"].format(days=row.days)
            begin = words["begin"].format(most)
            lines.append(f"{words.get(substance, substance)}: {missed}{above}: {begin}")
    for supply in book.take_home:
        lines.append(words["home"].format(before=supply.before_days, days=supply.days))
    for depot in book.first_depot:
        kinds = [(words["weekly"], depot.weekly_ug), (words["monthly"], depot.monthly_ug)]
        said = [f"{kind} {_mg(amount_ug, language)}" for kind, amount_ug in kinds if amount_ug]
        lines.append(
            words["depot"].format(_mg(depot.low_ug, language), _mg(depot.high_ug, language))
            + words["or"].join(said)
        )
    return lines


def _mg(amount_ug: int, language: Language) -> str:
    return f"{mg_text(amount_ug, comma=language == 'da')} mg"


def print_difference(first: Reading, second: Reading) -> None:
    """What differs between two books: numbers by concern, and the tables' lines."""
    for name in sorted(set(first.book.limits) | set(second.book.limits), key=first.order_of):
        here, there = first.value(name), second.value(name)
        if here == there:
            continue
        console.print(first.words(name), markup=False)
        for reading, value in ((first, here), (second, there)):
            limit = reading.book.limits.get(name)
            standing = f" · {reading.standing(limit)}" if limit is not None else ""
            console.print(f"{_INDENT}{reading.book.id}: {value}{standing}", markup=False)
        console.print(f"{_INDENT}{name}", style="dim", markup=False)
    lines, others = first.table_lines(), second.table_lines()
    for sign, kept, against in (("-", lines, others), ("+", others, lines)):
        for line in kept:
            if line not in against:
                console.print(f"{sign} {line}", markup=False)


def signing_text(book: RuleBook, made: Signature) -> str:
    """What a signature takes on, in the language of the doctors who answer for the book."""
    who = f"{made.doctor} ({made.authorisation})"
    all_, base, weak = len(book.limits), book.falls_back_to, len(book.weak)
    inherited = len(book.defaulted)
    if book.jurisdiction == "DK":
        of_them = f", heraf {inherited} fra {base}" if inherited else ""
        said = (
            f"{who} bekræfter {made.signed_on:%d.%m.%Y} alle {all_} tal i {book.id}{of_them};"
            f" {weak} har en svagt husket kilde."
        )
        first = "Læs dem først"
    else:
        of_them = f", {inherited} of them from {base}" if inherited else ""
        said = (
            f"{who} confirms on {made.signed_on} all {all_} numbers of {book.id}{of_them};"
            f" {weak} are weakly remembered."
        )
        first = "Read them first"
    return f"{said}\nsha256 {book.sha256}\n{first}: dispensing rulebook show {book.id}"
