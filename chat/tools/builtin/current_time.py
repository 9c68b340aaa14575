"""Tells what time it is, anywhere."""

import difflib
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.tools.base import Caller, Tool, ToolError, ToolOutcome

LOCALTIME = Path("/etc/localtime")
LONGEST = 100
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


async def run(caller: Caller, arguments: Mapping[str, Any]) -> ToolOutcome:
    named = arguments.get("timezone") or ""
    if not isinstance(named, str):
        raise ToolError("`timezone` must be a text such as Europe/Istanbul.")
    zone = find_zone(named.strip()) if named.strip() else server_zone()
    return ToolOutcome(describe(timezone.now().astimezone(ZoneInfo(zone)), zone))


def describe(moment: datetime, zone: str) -> str:
    """The time for a model, its week day in English: words of the model's, not the person's."""
    year, week, _day = moment.isocalendar()
    return (
        f"{moment.isoformat(timespec='seconds')}\n"
        f"{DAYS[moment.weekday()]}, {moment:%d} {moment:%B %Y}, {moment:%H:%M}\n"
        f"Time zone: {zone} ({moment.tzname()}, UTC{offset_of(moment)})\n"
        f"Week {week} of {year}, Unix time {int(moment.timestamp())}"
    )


def offset_of(moment: datetime) -> str:
    minutes = (moment.utcoffset() or timedelta()) // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def find_zone(named: str) -> str:
    """The zone of that name, in whatever case it is written. Raises ToolError, with names that might be
    meant."""
    wanted = named[:LONGEST].replace(" ", "_").casefold()
    zones = known_zones()
    if found := zones.get(wanted):
        return found
    last = [zone for folded, zone in zones.items() if folded.rsplit("/", 1)[-1] == wanted]
    near = last or [zones[folded] for folded in difflib.get_close_matches(wanted, zones, n=3, cutoff=0.6)]
    hint = f" Did you mean {' or '.join(sorted(near)[:3])}?" if near else ""
    raise ToolError(
        f"There is no time zone {named[:LONGEST]!r}.{hint} Use a name of the IANA database such as "
        "Europe/Istanbul, America/New_York or UTC."
    )


@lru_cache(maxsize=1)
def known_zones() -> dict[str, str]:
    return {zone.casefold(): zone for zone in sorted(available_timezones())}


def server_zone() -> str:
    """The time zone of the machine: the variable TZ is Django's."""
    try:
        linked = str(LOCALTIME.readlink())
    except OSError:
        return "UTC"
    return known_zones().get(linked.rpartition("zoneinfo/")[2].casefold(), "UTC")


TOOL = Tool(
    "current_time",
    _("Current time"),
    "The current date and time, with weekday and offset from UTC. Without a time zone: the server's own.",
    {
        "type": "object",
        "properties": {
            "timezone": {
                "type": "string",
                "description": "IANA name of a time zone, such as Europe/Istanbul. Absent: the server's.",
            }
        },
        "additionalProperties": False,
    },
    run,
    read_only=True,
    policy="allow",
    about=_("The current date and time, in any time zone."),
)
