"""What time it is."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils import timezone

from chat.tools.base import ToolError
from chat.tools.builtin import current_time
from tests.tools.callers import caller

NOON = datetime(2026, 7, 1, 12, 0, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOON)


@pytest.mark.parametrize(
    ("zone", "iso", "offset"),
    [
        ("Europe/Istanbul", "2026-07-01T15:00:05+03:00", "UTC+03:00"),
        ("europe/istanbul", "2026-07-01T15:00:05+03:00", "UTC+03:00"),
        ("America/New York", "2026-07-01T08:00:05-04:00", "UTC-04:00"),
        ("Asia/Kathmandu", "2026-07-01T17:45:05+05:45", "UTC+05:45"),
        ("UTC", "2026-07-01T12:00:05+00:00", "UTC+00:00"),
        ("Pacific/Marquesas", "2026-07-01T02:30:05-09:30", "UTC-09:30"),
    ],
)
async def test_the_time_of_a_zone_is_told_with_day_and_offset(zone: str, iso: str, offset: str) -> None:
    said = (await current_time.run(caller(), {"timezone": zone})).content
    assert said.startswith(iso)
    assert "Wednesday" in said
    assert offset in said


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("Istanbul", "Europe/Istanbul"),
        ("Europe/Istambul", "Europe/Istanbul"),
        ("new york", "America/New_York"),
        ("../../etc/passwd", "IANA"),
        ("x" * 5000, "IANA"),
        ("Mars/Olympus", "IANA"),
    ],
)
async def test_a_wrong_zone_is_told_with_what_may_be_meant(wrong: str, hint: str) -> None:
    with pytest.raises(ToolError, match=hint) as raised:
        await current_time.run(caller(), {"timezone": wrong})
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize("odd", [5, ["UTC"], {"a": 1}, True])
async def test_a_zone_that_is_no_text_is_refused(odd: object) -> None:
    with pytest.raises(ToolError):
        await current_time.run(caller(), {"timezone": odd})


@pytest.mark.parametrize("arguments", [{}, {"timezone": None}, {"timezone": "  "}])
async def test_without_a_zone_it_is_the_servers(
    arguments: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked = tmp_path / "localtime"
    linked.symlink_to("/usr/share/zoneinfo/Europe/Istanbul")
    monkeypatch.setattr(current_time, "LOCALTIME", linked)
    assert "+03:00" in (await current_time.run(caller(), arguments)).content
    monkeypatch.setattr(current_time, "LOCALTIME", tmp_path / "none")
    assert "+00:00" in (await current_time.run(caller(), arguments)).content
