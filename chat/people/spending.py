"""What a person spent: `spending-2026-11.jsonl`, a line for what was added to a sum of that month. A sum is
that of its lines; the figures are those of `Spending`."""

import logging
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import orjson
from django.db import transaction

from chat.people import folders
from core import disk
from providers.costs.ledger import FIGURES, Figures, Key, ledger, write_sums
from providers.models import Spending

logger = logging.getLogger(__name__)

WORDS = ("conversation", "model", "kind")
"""And `folder`, where there is one."""
RENAMED = "renamed"
"""A line `{"renamed": {"from", "to"}}`: what stands before it in that folder is the other's."""


def append(sums: Mapping[Key, Figures]) -> None:
    """Called once the sums are in the database. What cannot be written is logged."""
    if not folders.are_kept():
        return
    by_owner: dict[str, list[tuple[Key, Figures]]] = defaultdict(list)
    for key, figures in sums.items():
        by_owner[key.owner].append((key, figures))
    for owner, added in by_owner.items():
        try:
            with folders.lock_folder(owner) as folder:
                _append(folder, added)
        except OSError as error:
            logger.error("What a person spent could not be written: %s", error.strerror)


def _append(folder: Path, added: Iterable[tuple[Key, Figures]]) -> None:
    lines: dict[str, bytes] = defaultdict(bytes)
    for key, figures in added:
        known = {name: figures[name] for name in FIGURES if figures[name]}
        words = {name: getattr(key, name) for name in WORDS}
        if key.folder:
            words["folder"] = key.folder
        line = {"day": key.day.isoformat(), **words, **known}
        lines[f"spending-{key.day:%Y-%m}.jsonl"] += orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
    for name, data in lines.items():
        _append_lines(folder / name, data)


def _append_lines(path: Path, data: bytes) -> None:
    fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, disk.FILE_MODE)
    try:
        size = disk.size_of(fd)
        # After a line that a power cut left half nothing may follow on it.
        torn = size > 0 and disk.read_at(fd, size - 1, 1) != b"\n"
        disk.write_all(fd, b"\n" + data if torn else data)
    finally:
        os.close(fd)


def keep_what_lacks_a_file() -> None:
    """Sums of the database, for those of whom there are no lines at all."""
    owners = Spending.objects.order_by().values_list("owner", flat=True).distinct()
    for owner in owners:
        folder = folders.people_folder() / folders.folder_name(owner)
        if not any(folder.glob("spending-*.jsonl")):
            rows = Spending.objects.filter(owner=owner).order_by("day", "pk")
            append({key_of(row): Counter({name: getattr(row, name) for name in FIGURES}) for row in rows})


def key_of(row: Spending) -> Key:
    return Key(row.day, row.owner, row.conversation, row.model, row.kind, row.folder)


def take_in(owner: str, folder: Path) -> list[str]:
    """Sums that the database lacks, or knows less of. Returns what could not be read, in words."""
    problems: list[str] = []
    for path in sorted(folder.glob("spending-*.jsonl")):
        sums, wrong = _sums(owner, path)
        if wrong:
            problems.append(f"{path}: line {wrong[0]} cannot be read")
        known = {key_of(row): row for row in Spending.objects.filter(owner=owner, day__in=_days(sums))}
        for key, figures in sums.items():
            row = known.get(key)
            if row is None or row.requests < figures["requests"]:
                row = row or Spending(**key._asdict())
                for name in FIGURES:
                    setattr(row, name, figures[name])
                row.save()
    return problems


def rename_folder(owner: str, old: str, new: str) -> None:
    """What was spent in it is spent in it under its new name. Where the file cannot be written, that is
    logged."""
    ledger.write()
    with transaction.atomic():
        rows = list(Spending.objects.select_for_update().filter(owner=owner, folder=old))
        moved = {
            key_of(row)._replace(folder=new): Counter({name: getattr(row, name) for name in FIGURES})
            for row in rows
        }
        Spending.objects.filter(pk__in=[row.pk for row in rows]).delete()
        write_sums(moved)
    if not folders.are_kept():
        return
    line = orjson.dumps({RENAMED: {"from": old, "to": new}}, option=orjson.OPT_APPEND_NEWLINE)
    try:
        with folders.lock_folder(owner) as folder:
            for path in folder.glob("spending-*.jsonl"):
                _append_lines(path, line)
    except OSError as error:
        logger.error("What a person spent could not be written: %s", error.strerror)


def _days(sums: Mapping[Key, Figures]) -> set[date]:
    return {key.day for key in sums}


def _sums(owner: str, path: Path) -> tuple[dict[Key, Figures], list[int]]:
    """And the numbers of the lines that cannot be read; a torn last one is none of them."""
    sums: dict[Key, Figures] = defaultdict(Counter)
    wrong: list[int] = []
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                said = orjson.loads(line)
                if RENAMED in said:
                    sums = _renamed(sums, str(said[RENAMED]["from"]), str(said[RENAMED]["to"]))
                    continue
                key, figures = _parsed(owner, said)
            except (ValueError, TypeError, KeyError, AttributeError):
                if number < len(lines):
                    wrong.append(number)
            else:
                sums[key].update(figures)
    return sums, wrong


def _renamed(sums: Mapping[Key, Figures], old: str, new: str) -> dict[Key, Figures]:
    moved: dict[Key, Figures] = defaultdict(Counter)
    for key, figures in sums.items():
        moved[key._replace(folder=new) if key.folder == old else key].update(figures)
    return moved


def _parsed(owner: str, said: dict[str, Any]) -> tuple[Key, Figures]:
    words = [*(said[name] for name in WORDS), said.get("folder", "")]
    figures = {name: said.get(name, 0) for name in FIGURES}
    if not all(isinstance(word, str) for word in words):
        raise TypeError
    if not all(type(figure) in (int, float) and figure >= 0 for figure in figures.values()):
        raise TypeError
    return Key(date.fromisoformat(said["day"]), owner, *words), Counter(figures)
