"""Points in time, as files, imports and commands say them."""

from datetime import UTC, datetime, timedelta


def moment(text: str) -> datetime:
    """An ISO date or time; without a zone, UTC. Raises ValueError."""
    found = datetime.fromisoformat(text)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def end_of(text: str) -> datetime:
    """As `moment`; of a date alone, the end of that day."""
    found = moment(text)
    return found if {"T", " ", ":"} & set(text.strip().upper()) else found + timedelta(days=1)
