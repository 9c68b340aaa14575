"""Which attachments an imported conversation of our own may name. A hash is as good as the file to whoever
names it, so only those stay whose bytes came along, or that are the importer's already."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, cast

from django.conf import settings

from conversations import signals
from conversations.records import Record
from core.hashes import is_sha256

Owns = Callable[[set[str]], set[str]]
"""Of these hashes those that are the importer's."""


def ownership_check(owner: str) -> Owns:
    """Asked once, when the first such hash comes. Without accounts everything is the one user's."""

    @cache
    def all_owned() -> frozenset[str]:
        answers: list[tuple[Any, Any]] = signals.attachments_owned.send(ownership_check, owner=owner)
        return frozenset(one for _receiver, known in answers for one in known)

    def owned(hashes: set[str]) -> set[str]:
        return hashes if settings.AUTH_MODE == "local" or not hashes else hashes & all_owned()

    return owned


def keep_own(records: Iterable[Record], brought: set[str], owns: Owns) -> tuple[list[Record], bool]:
    """The records, and whether something was taken out: in its place stands the file's name."""
    given = list(records)
    named = {sha256 for record in given for part in _parts(record) for sha256 in _hashes(part)}
    allowed = (named & brought) | owns(named - brought)
    kept = [_only(record, allowed) for record in given]
    return kept, kept != given


def _parts(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    parts = record.get("parts")
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def _hashes(part: Mapping[str, Any]) -> list[str]:
    sha256 = part.get("sha256")
    return [*_listed(part), *([sha256] if is_sha256(sha256) else ())]


def _listed(part: Mapping[str, Any]) -> list[str]:
    """What a part of any type names beside its own file."""
    listed = part.get("attachments")
    return [one for one in listed if is_sha256(one)] if isinstance(listed, list) else []


def _only(record: Record, allowed: set[str]) -> Record:
    fields = cast(dict[str, Any], record)
    if not any("sha256" in part or "attachments" in part for part in _parts(fields)):
        return record
    parts = [_checked(part, allowed) for part in fields["parts"]]
    return cast(Record, {**fields, "parts": parts})


def _checked(part: Any, allowed: set[str]) -> Any:
    if not isinstance(part, dict):
        return part
    if "attachments" in part:
        part = {**part, "attachments": [one for one in _listed(part) if one in allowed]}
    if "sha256" not in part:
        return part
    if is_sha256(part["sha256"]) and part["sha256"] in allowed:
        return part
    name = part.get("name")
    return {"type": "text", "text": f"[{' '.join(name.split())}]" if isinstance(name, str) else "[…]"}
