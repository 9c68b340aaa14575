"""Who keeps how much. The sums are the index's; what lies in folders is counted where it lies."""

import os
from pathlib import Path
from typing import Any

from django.db.models import Count, Max, Sum

from conversations.models import Conversation


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


def measure_folders(data_dir: Path) -> list[tuple[str, int, int]]:
    """Name, files and bytes of each folder of the data."""
    return [(name, *measure_folder(data_dir / name)) for name in ("conversations", "attachments", "trash")]


def measure_folder(folder: Path) -> tuple[int, int]:
    files = size = 0
    for root, _dirs, names in os.walk(folder):
        for name in names:
            try:
                size += (Path(root) / name).stat().st_size
                files += 1
            except FileNotFoundError:
                continue
    return files, size
