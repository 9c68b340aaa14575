"""Points in time, as files, imports and commands say them."""

from datetime import UTC, datetime, timedelta


def parse_moment(text: str) -> datetime:
    """An ISO date or time; without a zone, UTC. Raises ValueError."""
    found = datetime.fromisoformat(text)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def parse_end(text: str) -> datetime:
    """As `parse_moment`; of a date alone, the end of that day."""
    found = parse_moment(text)
    return found if {"T", " ", ":"} & set(text.strip().upper()) else found + timedelta(days=1)
