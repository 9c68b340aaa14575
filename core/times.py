"""Moments as Divan writes them."""

from datetime import UTC, datetime


def timestamp(moment: datetime | None = None) -> str:
    """RFC 3339, UTC, milliseconds: `2026-11-20T10:42:33.120Z`. Now, where no moment is given."""
    return (moment or datetime.now(UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def timestamp_of(seconds: float) -> str:
    """The same of seconds since the epoch."""
    return timestamp(datetime.fromtimestamp(seconds, UTC))
