"""A calendar of its own: every day counted out one by one from a day whose weekday is known.

Days are ISO texts, which sort as days do; moments are ISO texts in UTC, to the second.
"""

FIRST_YEAR, LAST_YEAR = 2010, 2040
FIRST_WEEKDAY = 5  # 1 January 2010 was a Friday


def _february(year: int) -> int:
    if year % 400 == 0:
        return 29
    if year % 100 == 0:
        return 28
    return 29 if year % 4 == 0 else 28


def month_lengths(year: int) -> list[int]:
    return [31, _february(year), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


def _count_out() -> tuple[list[str], dict[str, int], dict[str, int]]:
    calendar: list[str] = []
    position: dict[str, int] = {}
    weekday: dict[str, int] = {}
    week = FIRST_WEEKDAY
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        for month, length in enumerate(month_lengths(year), start=1):
            for day in range(1, length + 1):
                text = f"{year:04d}-{month:02d}-{day:02d}"
                position[text] = len(calendar)
                weekday[text] = week
                calendar.append(text)
                week = 1 if week == 7 else week + 1
    return calendar, position, weekday


CALENDAR, POSITION, WEEKDAY = _count_out()


def plus(day: str, days: int) -> str:
    """The day so many days later (or earlier)."""
    return CALENDAR[POSITION[day] + days]


def from_to(first: str, last: str) -> list[str]:
    """Every day from the first to the last, both included; none when the last is before."""
    return CALENDAR[POSITION[first] : POSITION[last] + 1]


def strictly_between(before: str, after: str) -> list[str]:
    """Every day after the one and before the other."""
    return CALENDAR[POSITION[before] + 1 : POSITION[after]]


def days_from(earlier: str, later: str) -> int:
    """Whole days from one day to another; negative when the other lies before."""
    return POSITION[later] - POSITION[earlier]


def months_later(day: str, months: int) -> str:
    """The same day of the month so many months later, or that month's last day."""
    year, month, number = int(day[:4]), int(day[5:7]), int(day[8:])
    for _ in range(months):
        month += 1
        if month == 13:
            year, month = year + 1, 1
    number = min(number, month_lengths(year)[month - 1])
    return f"{year:04d}-{month:02d}-{number:02d}"


def seconds(moment: str) -> int:
    """Seconds since the calendar's beginning."""
    day, _, time = moment.partition("T")
    hour, minute, second = time.split(":")
    return ((POSITION[day] * 24 + int(hour)) * 60 + int(minute)) * 60 + int(second)
