"""A constructed year of invented institutions with realistic numbers, drawn from one seed."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

from audit.medicinsk.model import (
    Amount,
    BookInForce,
    ChainRange,
    Counted,
    Figures,
    Indicator,
    Institution,
    Note,
    Period,
    Rate,
    Report,
    Share,
    Table,
    WhatIf,
    distribution,
)
from audit.medicinsk.signed import SignedTo

#: Ids that no figure of the sample looks like.
FIRST_ID = 7_100_000
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
NAMES = (
    "Ambulatoriet Kvægtorvet",
    "Ambulatoriet Enghave",
    "Klinikken ved Søerne",
    "Ambulatoriet for unge og for gravide med et usædvanligt langt navn på Ydre Nørrebro",
    "Lægeklinikken Sundby",
    "Den lille enhed",
)
EDGES = tuple(range(20_000, 180_000, 20_000))
BUP_EDGES = (4_000, 8_000, 12_000, 16_000, 20_000, 24_000)


def _some(chance: random.Random, count: int) -> Counted:
    return Counted(
        count, tuple(sorted(chance.sample(range(FIRST_ID, FIRST_ID + 8000), min(count, 400))))
    )


def _share(chance: random.Random, key: str, unit: str, n: int, yes: float, unknown: float = 0.0,
           **more: object) -> Share:  # fmt: skip
    hidden = round(n * unknown)
    hit = round((n - hidden) * yes)
    return Share(
        key,
        unit,  # type: ignore[arg-type]
        _some(chance, hit),
        _some(chance, n - hidden - hit),
        _some(chance, hidden),
        **more,  # type: ignore[arg-type]
    )


def _table(chance: random.Random, key: str, unit: str, rows: dict[str, tuple[int, ...]],
           columns: tuple[str, ...]) -> Table:  # fmt: skip
    cells = tuple(tuple(_some(chance, count) for count in line) for line in rows.values())
    return Table(key, unit, tuple(rows), columns, cells)  # type: ignore[arg-type]


def _doses(chance: random.Random, key: str, n: int, middle: int, width: int, step: int,
           edges: tuple[int, ...], unknown: int = 0):  # fmt: skip
    pairs = [
        (max(step, round(chance.gauss(middle, width) / step) * step), FIRST_ID + at)
        for at in range(n)
    ]
    return distribution(key, "ug", pairs, _some(chance, unknown), edges)


def _dosing(chance: random.Random, n: int, shift: int) -> tuple[Indicator, ...]:
    methadone, other = round(n * 0.68), round(n * 0.27)
    return (
        Indicator(
            "M1",
            distributions=(
                _doses(chance, "metadon, daglig dosis", methadone, 88_000 + shift, 34_000, 5_000,
                       EDGES, 2 if n > 20 else 0),
                _doses(chance, "buprenorphin, daglig dosis", other, 14_000, 5_000, 2_000,
                       BUP_EDGES),
            ),
            notes=(Note("Dosis er den ordinerede døgndosis på skæringsdatoen."),),
        ),
        Indicator(
            "M2",
            shares=(
                _share(chance, "metadon over grænsen for konference", "people", methadone, 0.12),
                _share(chance, "heraf med skrevet grund", "people", round(methadone * 0.12), 0.8,
                       target=100),
            ),
        ),
        Indicator(
            "M3",
            shares=(_share(chance, "overvågede dosisdage", "dose_days", n * 330, 0.44, 0.01),),
            tables=(
                _table(chance, "dosisdage efter sted", "dose_days",
                       {"metadon": (n * 90, n * 100, n * 20),
                        "buprenorphin": (n * 20, n * 60, n * 40)},
                       ("overvåget", "med hjem", "apotek")),
            ),
            distributions=(
                distribution("overvågede dage pr. person", "days",
                             [(chance.randint(20, 340), FIRST_ID + i) for i in range(n)], Counted(),
                             (60, 120, 180, 240, 300)),
            ),
        ),
        Indicator(
            "M4",
            shares=(_share(chance, "med hjem over grænsen uden undtagelse", "supplies", n * 20,
                           0.01, target=0, reach="at-most"),),
            tables=(_table(chance, "udleveringer efter antal dage", "supplies",
                           {"1": (n * 9,), "2–3": (n * 6,), "4–6": (n * 4,), "7": (n * 3,)},
                           ("antal",)),),
        ),
        Indicator("M5", shares=(_share(chance, "overvåget i hele indstillingen", "courses",
                                       max(n // 5, 1), 0.86, 0.05, target=100),)),
    )  # fmt: skip


def _following(chance: random.Random, n: int, new: int) -> tuple[Indicator, ...]:
    return (
        Indicator(
            "M6",
            shares=(_share(chance, "indkald gennemført", "periods", n, 0.71, 0.04),),
            tables=(_table(chance, "indkald efter udfald", "periods",
                           {"gennemført": (round(n * 0.68),), "afbrudt": (round(n * 0.1),),
                            "planlagt": (round(n * 0.12),), "forfaldent": (round(n * 0.1),)},
                           ("antal",)),),
        ),
        Indicator("M7", shares=(_share(chance, "tilbudt buprenorphin først", "people", new, 0.9,
                                       0.08, target=100),)),
        Indicator("M8", shares=(_share(chance, "begyndt på buprenorphin", "people", new, 0.66, 0.0,
                                       target=80),)),
        Indicator("M9", shares=(_share(chance, "i behandling med buprenorphin", "people", n,
                                       0.27),)),
        Indicator(
            "M10",
            shares=(
                _share(chance, "får benzodiazepiner", "people", n, 0.31, 0.12),
                _share(chance, "informeret", "people", round(n * 0.3), 0.8, 0.1, target=100),
                _share(chance, "med nedtrapningsplan", "people", round(n * 0.3), 0.55),
            ),
            tables=(_table(chance, "diazepamækvivalenter", "people",
                           {"Ambulatoriet": (n // 8, n // 10, n // 14, n // 20)},
                           ("≤10 mg", "10–20 mg", "20–40 mg", ">40 mg")),),
        ),
        Indicator(
            "M11",
            shares=(
                _share(chance, "dage uden dosis af planlagte", "days", n * 300, 0.04, 0.002),
                Share("fuld dosis efter for lang pause uden læge", "gaps",
                      _some(chance, 1 if n > 150 else 0), _some(chance, n // 4),
                      target=0, reach="at-most"),
            ),
            distributions=(distribution("pausens længde", "days",
                                        [(chance.choice([3, 3, 4, 4, 5, 7, 9, 14]), FIRST_ID + i)
                                         for i in range(n // 4)], Counted(), (3, 4, 6, 10)),),
        ),
        Indicator("M12", shares=(_share(chance, "gennemgået til tiden", "people", n, 0.83, 0.02),
                                 _share(chance, "med gældende plan", "people", n, 0.9))),
        Indicator("M13", shares=(_share(chance, "EKG til tiden", "people", n // 3, 0.74, 0.15,
                                        target=100),),
                  tables=(_table(chance, "QTc", "people",
                                 {"under 450 ms": (n // 5,), "450–500 ms": (n // 12,),
                                  "over 500 ms": (n // 90,)}, ("antal",)),)),
    )  # fmt: skip


def _rest(chance: random.Random, n: int, new: int) -> tuple[Indicator, ...]:
    left = max(n // 9, 1)
    return (
        Indicator("M14", shares=(Share("STOP løftet uden læge", "lifts", Counted(),
                                       _some(chance, n // 6), target=0, reach="at-most"),),
                  tables=(_table(chance, "tilsidesættelser efter regel", "lifts",
                                 {"ecg-overdue": (n // 9, n // 20),
                                  "take-home-days": (n // 14, n // 30),
                                  "missed-days": (n // 20, 0)}, ("læge", "sygeplejerske")),)),
        Indicator("M15", shares=(_share(chance, "optællinger uden forskel", "counts", 365, 0.97),),
                  amounts=(Amount("udleveret", "ug", n * 27_000_000),
                           Amount("destrueret med to vidner", "ug", 12_345_500),
                           Amount("uforklaret forskel", "ug", -2_500))),
        Indicator("M16", tables=(_table(chance, "sager", "cases", {"mistanke": (n // 30,),
                                        "samtale holdt": (n // 40,), "sporet pakke": (1,)},
                                        ("antal",)),)),
        Indicator("M17", shares=(_share(chance, "stadig i behandling", "people", n + left,
                                        n / (n + left)),),
                  tables=(_table(chance, "udskrevet efter grund", "courses",
                                 {"afsluttet": (left // 3,), "død": (left // 8,),
                                  "fængsel": (left // 9,), "hospital eller egen læge": (1,),
                                  "flyttet": (left // 6,), "bortvist": (0,),
                                  "gået før tid": (left // 4,), "ukendt": (left // 10,)},
                                 ("antal",)),)),
        Indicator("M18", tables=(_table(chance, "visitationer", "courses",
                                        {"2025": (new, new * 2, new // 2, 1),
                                         "2026": (new // 2, new * 2, new, 2)},
                                        ("metadon", "buprenorphin", "medicinfri", "ukendt")),)),
        Indicator("M19", rates=(_rate(chance, n),),
                  tables=(_table(chance, "døde efter alder", "people",
                                 {"under 30": (0,), "30–39": (n // 140,), "40–49": (n // 70,),
                                  "50–59": (n // 60,), "60 og over": (n // 90,)},
                                 ("i substitution",)),)),
        Indicator("M20", shares=(_share(chance, "begyndt inden for 14 dage", "courses", new * 2,
                                        0.93, 0.03, target=100),),
                  distributions=(distribution("dage fra henvendelse til start", "days",
                                              [(chance.choice([0, 0, 1, 1, 2, 3, 5, 8, 13, 21]),
                                                FIRST_ID + i) for i in range(new * 2)], Counted(3),
                                              (0, 1, 3, 7, 14)),)),
        Indicator("M21", shares=(_share(chance, "pladser i brug", "place_days", n * 400, 0.91),)),
        Indicator("M22", amounts=(Amount("tal i regelbogen", "numbers", 94),
                                  Amount("ikke bekræftet", "numbers", 94))),
    )  # fmt: skip


def _rate(chance: random.Random, n: int) -> Rate:
    dead = n // 45
    if n == 0:
        return Rate("døde i substitution", Counted(), 0, None, None, None)
    milli = round(dead / n * 100_000)
    return Rate("døde i substitution", _some(chance, dead), n * 365, milli, round(milli * 0.4),
                round(milli * 2.1) + 900)  # fmt: skip


def figures(
    place: Institution, n: int, seed: int, period: Period = YEAR, shift: int = 0
) -> Figures:
    """All indicators of a place that treats about ``n`` people; none for nobody."""
    chance = random.Random(seed)
    if n == 0:
        return Figures(place, period, tuple(Indicator(f"M{i}") for i in range(1, 23)))
    new = max(n // 12, 2)
    found = (*_dosing(chance, n, shift), *_following(chance, n, new), *_rest(chance, n, new))
    return Figures(place, period, found, erased=2 if n > 200 else 0)


def place(number: int) -> Institution:
    """One of the invented institutions."""
    return Institution(number + 1, f"U{number + 1}", NAMES[number])


def sample(n: int = 214, name: str | None = None, others: bool = True) -> Report:
    """A whole report; ``n`` people in the institution it is of, ``name`` instead of its own."""
    own = place(0) if name is None else replace(place(0), name=name)
    before = YEAR.year_before()
    sizes = (0, 162, 88, 240, 41, 3)
    whole = Institution(None, "alle", "Alle institutioner")
    digest = "9f2c" * 16
    return Report(
        figures=figures(own, n, 11),
        before=figures(own, n - 8 if n > 8 else n, 12, before, -12_000) if n else None,
        others=tuple(figures(place(i), sizes[i], 20 + i) for i in range(1, 6)) if others else (),
        whole=figures(whole, n + sum(sizes), 40),
        ledger=(
            ChainRange(1, own.name, 1, 1_284_511, digest,
                       SignedTo("ledger.test/nord/clinical", 1_284_390, "5e1d" * 16)),
            ChainRange(3, NAMES[1], 1, 902_113, "04be" * 16),
        ),
        books=(
            BookInForce(1, "dk-crk-2026", "a1b2" * 16, date(2026, 1, 1), None, 94),
            BookInForce(1, "dk-crk-2026-2", "c3d4" * 16, date(2026, 9, 1), None, None),
        ),
        definitions_sha256="77aa" * 16,
        what_if=(
            WhatIf("dk-crk-2027-forslag", "ee11" * 16, 71_204, 311, 12,
                   (("ecg-overdue", 290, 0), ("take-home-days", 9, 12))),
        ),
    )  # fmt: skip
