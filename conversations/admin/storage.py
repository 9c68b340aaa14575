"""Who keeps how much, and where it lies. The sums of owners are the index's; of places each tells its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Max, Sum

from conversations.errors import StoreError
from conversations.models import Conversation
from conversations.store.choice import current_store
from core.disk import measure_folder
from core.originals.choice import ROWS, home_of_all

POSTGRESQL = "PostgreSQL"
PLACES = ("attachments", "documents")


@dataclass(frozen=True, slots=True)
class Kept:
    """`count`, `bytes`: None where that cannot be said, or not just now."""

    name: str
    where: str
    count: int | None
    bytes: int | None


def sum_by_owner() -> list[dict[str, Any]]:
    """How much each owner's files take, the largest first."""
    rows = (
        Conversation.objects.values("owner")
        .annotate(
            conversations=Count("pk"),
            messages=Sum("message_count"),
            input=Sum("input_tokens"),
            output=Sum("output_tokens"),
            usd=Sum("cost_usd"),
            bytes=Sum("size"),
            last=Max("updated"),
        )
        .order_by("-bytes")
    )
    return [dict(row) for row in rows]


def measure_places(data_dir: Path) -> Iterator[Kept]:
    """Of all machines where they share a place, of this one where it has folders of its own."""
    store = current_store()
    for name, trashed in (("conversations", False), ("trash", True)):
        where = POSTGRESQL if settings.STORE == ROWS else str(data_dir / name)
        yield measure_place(name, where, partial(store.measure, trashed=trashed))
    for name in PLACES:
        yield measure_originals(data_dir / name)
    yield Kept("database", *measure_database())


def measure_originals(folder: Path) -> Kept:
    bucket = settings.FILES_URL.partition("?")[0]

    def measure() -> tuple[int, int]:
        home = home_of_all()
        return measure_folder(folder) if home is None else home.measure(folder.name)

    return measure_place(
        folder.name, bucket or (POSTGRESQL if settings.STORE == ROWS else str(folder)), measure
    )


def measure_place(name: str, where: str, measure: Callable[[], tuple[int, int]]) -> Kept:
    try:
        return Kept(name, where, *measure())
    except (StoreError, OSError):
        return Kept(name, where, None, None)


def measure_database() -> tuple[str, None, int | None]:
    """With all that is in it, the index too."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return POSTGRESQL, None, cursor.fetchone()[0]
    path = Path(connection.settings_dict["NAME"])
    return str(path), None, path.stat().st_size if path.is_file() else None
