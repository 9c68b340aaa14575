"""Points in time, as files, imports and commands say them."""

from datetime import UTC, datetime


def moment(text: str) -> datetime:
    """An ISO date or time; without a zone, UTC. Raises ValueError."""
    found = datetime.fromisoformat(text)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
