"""When something is due, by the clock of a person's time zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.testsets.cron import Cron, CronError, parse_cron

BERLIN = ZoneInfo("Europe/Berlin")


def following(cron: str, since: str, count: int) -> list[str]:
    moment, found = datetime.fromisoformat(since).replace(tzinfo=BERLIN).astimezone(UTC), []
    for _ in range(count):
        due = parse_cron(cron).next_after(moment, BERLIN)
        assert due is not None
        assert due > moment
        moment = due
        found.append(f"{moment.astimezone(BERLIN):%Y-%m-%d %H:%M%z}")
    return found


@pytest.mark.parametrize(
    ("cron", "since", "wanted"),
    [
        ("0 9 * * mon-fri", "2026-11-27 12:00", ["2026-11-30 09:00+0100", "2026-12-01 09:00+0100"]),
        ("0 9 * * 1-5", "2026-11-27 09:00", ["2026-11-30 09:00+0100"]),
        ("0 9 * * 7", "2026-11-27 09:00", ["2026-11-29 09:00+0100"]),
        ("*/20 3 1 jan,jun *", "2026-11-27 12:00", ["2027-01-01 03:00+0100", "2027-01-01 03:20+0100"]),
        ("5/20 * * * *", "2026-11-27 12:00", ["2026-11-27 12:05+0100", "2026-11-27 12:25+0100"]),
        ("@daily", "2026-11-27 12:00", ["2026-11-28 00:00+0100"]),
        ("@weekly", "2026-11-27 12:00", ["2026-11-29 00:00+0100"]),
        # Either the 13th or a Friday.
        ("0 0 13 * fri", "2026-12-05 00:00", ["2026-12-11 00:00+0100", "2026-12-13 00:00+0100"]),
        # The clock leaves it out in spring, and shows it twice in autumn.
        ("30 2 * * *", "2026-03-28 03:00", ["2026-03-29 03:00+0200", "2026-03-30 02:30+0200"]),
        ("30 2 * * *", "2026-10-24 03:00", ["2026-10-25 02:30+0200", "2026-10-26 02:30+0100"]),
        ("0,30 2 * * *", "2026-03-28 23:00", ["2026-03-29 03:00+0200", "2026-03-30 02:00+0200"]),
        ("0 0 29 2 *", "2026-11-27 12:00", ["2028-02-29 00:00+0100"]),
        ("0 9 * * sat-sun", "2026-11-27 12:00", ["2026-11-28 09:00+0100", "2026-11-29 09:00+0100"]),
        ("0 9 * * fri-0", "2026-11-28 12:00", ["2026-11-29 09:00+0100", "2026-12-04 09:00+0100"]),
        ("0 9 * * sun-mon", "2026-11-28 12:00", ["2026-11-29 09:00+0100", "2026-11-30 09:00+0100"]),
        ("0 0 31 * *", "2026-11-27 12:00", ["2026-12-31 00:00+0100", "2027-01-31 00:00+0100"]),
        ("59 23 31 12 *", "2026-12-31 23:59", ["2027-12-31 23:59+0100"]),
        ("0 0 30 2 mon", "2027-01-30 00:00", ["2027-02-01 00:00+0100"]),
        ("  0\t9  *  *   * ", "2026-11-27 12:00", ["2026-11-28 09:00+0100"]),
    ],
)
def test_the_next_moments(cron: str, since: str, wanted: list[str]) -> None:
    assert following(cron, since, len(wanted)) == wanted


def test_what_never_comes_has_no_next_moment() -> None:
    assert parse_cron("0 0 31 2 *").next_after(datetime(2026, 11, 27, tzinfo=UTC), BERLIN) is None


@pytest.mark.parametrize(
    "cron",
    [
        *("", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8"),
        *("x * * * *", "*/0 * * * *", "5-1 * * * *", "1,,2 * * * *", "* * * jam *", "@never", "-1 * * * *"),
        *("1-2-3 * * * *", "*" * 500, "٣ * * * *", "* * * * sun-sun-sun", "* * * * mon-fri-1", "1/ * * * *"),
        *(
            "*/100 * * * *",
            "1- * * * *",
            "-5 * * * *",
            "? * * * *",
            "* * L * *",
            "* * * * 5#3",
            "* * 15W * *",
        ),
        *("0x1 * * * *", "1.5 * * * *", "+1 * * * *", "1\0 * * * *", "* * * * i̇", "@daily @daily", "@ daily"),
        *("mon * * * *", "* * jan * *", "* * * mon *", "* * * * dec", "50-10 * * * *", "* * 31-1 * *"),
    ],
)
def test_what_is_no_schedule_is_refused(cron: str) -> None:
    with pytest.raises(CronError):
        parse_cron(cron)


def field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    several = st.lists(number, min_size=1, max_size=3).map(lambda those: ",".join(map(str, those)))
    ranges = st.tuples(number, number).map(lambda ends: f"{min(ends)}-{max(ends)}")
    steps = st.integers(1, 30).map(lambda step: f"*/{step}")
    return st.one_of(st.just("*"), several, ranges, steps)


CRONS = st.tuples(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7)).map(" ".join)
ZONES = sorted(
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Europe/Dublin", "Asia/Kathmandu"]
)
ZONES += ["Africa/Casablanca", "America/St_Johns", "Pacific/Chatham", "Europe/Istanbul", "UTC"]
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- in UTC


def expected_next(cron: Cron, moment: datetime, zone: ZoneInfo) -> datetime | None:
    """Minute by minute, within ten days: what the clock shows for the first time, or has just left out."""
    at = moment.replace(second=0, microsecond=0)
    for _minute in range(10 * 24 * 60):
        before = at.astimezone(zone).replace(tzinfo=None)
        at += timedelta(minutes=1)
        shown = at.astimezone(zone)
        clock = shown.replace(tzinfo=None)
        # All that the clock passes over with this minute; none of what it shows a second time.
        ahead = int((clock - before) / timedelta(minutes=1))
        passed = [before + timedelta(minutes=number + 1) for number in range(max(ahead, 0))]
        if shown.fold == 0 and any(
            one.minute in cron.minutes and one.hour in cron.hours and cron.has_day(one.date())
            for one in passed
        ):
            return at
    return None


@settings(max_examples=40)
@given(CRONS, MOMENTS, st.sampled_from(ZONES))
def test_the_next_moment_is_the_first_that_a_clock_would_show(text: str, moment: datetime, name: str) -> None:
    cron, zone = parse_cron(text), ZoneInfo(name)
    wanted, found = expected_next(cron, moment, zone), cron.next_after(moment, zone)
    if wanted is not None:
        assert found == wanted
    elif found is not None:
        assert found > moment + timedelta(days=9)


@pytest.mark.parametrize("name", ZONES)
def test_on_days_when_clocks_change_each_hour_of_a_daily_run_comes_once(name: str) -> None:
    """Every half hour of a day, for two years: on no day twice, on none left out."""
    zone, begin = ZoneInfo(name), datetime(2026, 1, 1, tzinfo=UTC)
    for hour, minute in ((0, 0), (1, 30), (2, 0), (2, 30), (3, 15), (23, 59)):
        cron, moment, days = parse_cron(f"{minute} {hour} * * *"), begin, []
        for _day in range(700):
            due = cron.next_after(moment, zone)
            assert due is not None
            moment = due
            days.append(due.astimezone(zone).date())
        assert days == [days[0] + timedelta(days=number) for number in range(len(days))]
