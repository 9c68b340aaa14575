"""Five fields of cron (minute, hour, day, month, weekday), in a person's time zone. Pure.

A moment that the clock leaves out in spring is made up at the first that is there again; one that comes twice
in autumn counts once, the first time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
WEEKDAY = 4
NAMES = ((), (), (), MONTHS, WEEKDAYS)
SHORT = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
}
LONGEST = 200
STEP = re.compile(r"(\*|[a-z0-9]{1,3}(?:-[a-z0-9]{1,3})?)(?:/([0-9]{1,2}))?", re.ASCII)
YEARS = 5
"""Ahead of which a day is looked for: 29 February may be eight years off, and is then no schedule."""


class CronError(ValueError):
    """The message says what is wrong, in English."""


@dataclass(frozen=True, slots=True)
class Cron:
    """`any_day`: whether the day of the month, or the weekday, is left open; where both are named, either
    will do, as cron has it."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool

    def next_after(self, moment: datetime, zone: tzinfo) -> datetime | None:
        """The first moment behind `moment`, in UTC. None where there is none within years."""
        local = moment.astimezone(zone)
        for ahead in range(YEARS * 366):
            day = local.date() + timedelta(days=ahead)
            if self.has_day(day):
                for found in self.moments(day, zone):
                    if found > moment:
                        return found
        return None

    def has_day(self, day: date) -> bool:
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        fits = in_month and in_week if self.any_day else in_month or in_week
        return day.month in self.months and fits

    def moments(self, day: date, zone: tzinfo) -> Iterator[datetime]:
        """The moments of that day, in their order, in UTC."""
        for hour in self.hours:
            for minute in self.minutes:
                yield as_moment(datetime.combine(day, time(hour, minute)), zone)


def as_moment(clock: datetime, zone: tzinfo) -> datetime:
    """What the clock in that zone says, the first time that it does. In the gap of spring: when it ends."""
    moment = clock.replace(tzinfo=zone, fold=0).astimezone(UTC)
    shown = moment.astimezone(zone).replace(tzinfo=None)
    if shown == clock:
        return moment
    # The gap: the clock went on by as much as the two offsets differ.
    before = clock.replace(tzinfo=zone, fold=0).utcoffset() or timedelta()
    after = clock.replace(tzinfo=zone, fold=1).utcoffset() or timedelta()
    gap = abs(after - before)
    low, high = moment - gap, moment
    while high - low > timedelta(minutes=1):
        middle = low + (high - low) / 2
        if (middle.astimezone(zone).utcoffset() or timedelta()) == min(before, after):
            low = middle
        else:
            high = middle
    return high.replace(second=0, microsecond=0)


def parse_cron(text: str) -> Cron:
    """Reads the five fields, or `@daily` and the like. Raises CronError."""
    if len(text) > LONGEST:
        raise CronError(f"a schedule has at most {LONGEST} characters")
    fields = SHORT.get(text.strip().lower(), text).lower().split()
    if len(fields) != len(RANGES):
        raise CronError("a schedule has five fields: minute, hour, day, month, weekday")
    minutes, hours, days, months, weekdays = (read_field(field, place) for place, field in enumerate(fields))
    return Cron(
        tuple(sorted(minutes)),
        tuple(sorted(hours)),
        frozenset(days),
        frozenset(months),
        frozenset(day % 7 for day in weekdays),
        any_day="*" in (fields[2][0], fields[4][0]),
    )


def read_field(field: str, place: int) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        match = STEP.fullmatch(part)
        if match is None:
            raise CronError(f"{part!r:.20} is no minute, hour, day, month or weekday")
        first, last = read_range(match[1], place, has_step=match[2] is not None)
        step = int(match[2] or 1)
        if step < 1 or first > last:
            raise CronError(f"{part!r:.20} names nothing")
        found.update(range(first, last + 1, step))
    return found


def read_range(said: str, place: int, *, has_step: bool) -> tuple[int, int]:
    low, high = RANGES[place]
    if said == "*":
        return low, high
    first, dash, last = said.partition("-")
    begin = read_number(first, place)
    if dash:
        end = read_number(last, place)
        # Sunday ends a week as well as it begins one.
        return begin, 7 if place == WEEKDAY and end == 0 < begin else end
    return begin, high if has_step else begin


def read_number(said: str, place: int) -> int:
    low, high = RANGES[place]
    names = NAMES[place]
    if said in names:
        return names.index(said) + (1 if names is MONTHS else 0)
    number = int(said) if said.isdecimal() else -1
    if not low <= number <= high:
        raise CronError(f"{said!r:.20} is not between {low} and {high}")
    return number
