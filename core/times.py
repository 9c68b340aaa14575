"""Moments as Divan writes them."""

from datetime import UTC, datetime, timedelta

CLOCKS_APART = 600
"""Seconds by which the clocks of machines that are one Divan may differ without harm."""


def timestamp(moment: datetime | None = None) -> str:
    """RFC 3339, UTC, milliseconds: `2026-11-20T10:42:33.120Z`. Now, where no moment is given."""
    return (moment or datetime.now(UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def timestamp_of(seconds: float) -> str:
    """The same of seconds since the epoch."""
    return timestamp(datetime.fromtimestamp(seconds, UTC))


def parse_moment(text: str) -> datetime:
    """An ISO date or time; without a zone, UTC. Raises ValueError."""
    return in_utc(datetime.fromisoformat(text))


def parse_end(text: str) -> datetime:
    """As `parse_moment`; of a date alone, the end of that day."""
    found = parse_moment(text)
    return found if {"T", " ", ":"} & set(text.strip().upper()) else found + timedelta(days=1)


def in_utc(moment: datetime) -> datetime:
    """Without a zone it is UTC already."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
