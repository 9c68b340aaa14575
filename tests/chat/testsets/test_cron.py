"""When something is due, by the clock of a person's time zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from chat.testsets.cron import CronError, parse_cron

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
        *("1-2-3 * * * *", "*" * 500, "٣ * * * *"),
    ],
)
def test_what_is_no_schedule_is_refused(cron: str) -> None:
    with pytest.raises(CronError):
        parse_cron(cron)
