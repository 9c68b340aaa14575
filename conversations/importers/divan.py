"""Divan's own: an export in JSON, or a conversation's file as it lies in the data folder."""

import base64
import binascii
from collections.abc import Iterator
from typing import Any, cast

from conversations.attachments import AttachmentStore
from conversations.errors import InvalidRecordError
from conversations.export.lossless import VERSION
from conversations.ids import is_conversation_id
from conversations.owners import named_owner
from conversations.records import FORMAT, Record
from conversations.tree import check_records
from core.accounts import name_of

from .chat import read_dict, read_dicts
from .chat_records import short_hash


def recognises(entry: dict[str, Any]) -> bool:
    return "divan" in entry and isinstance(entry.get("records"), list)


def read(entry: dict[str, Any], owner: str) -> list[Record]:
    """The records as they stood, of that owner. Raises InvalidRecordError."""
    if entry["divan"] != VERSION:
        raise InvalidRecordError("made by a newer version of Divan")
    return records_for_owner(read_dicts(entry["records"]), owner)


def records_for_owner(given: list[dict[str, Any]], owner: str) -> list[Record]:
    if not given or given[0].get("type") != "conversation" or not is_conversation_id(str(given[0].get("id"))):
        raise InvalidRecordError("does not begin with a conversation")
    version = given[0].get("format")
    if type(version) is not int or not 1 <= version <= FORMAT:
        raise InvalidRecordError("made by a newer version of Divan")
    first = {name: value for name, value in given[0].items() if name != "owner_name"}
    first |= named_owner(owner, name_of(owner))
    return check_records([cast(Record, first), *(cast(Record, record) for record in given[1:])])


def copy_for_owner(records: list[Record], owner: str) -> list[Record]:
    """Under an id of its own, for the time that another person has a conversation of that id."""
    first = cast(dict[str, Any], records[0])
    identifier = f"{first['id'][:15]}-{short_hash('divan', owner, first['id'])}"
    return [cast(Record, {**first, "id": identifier}), *records[1:]]


def read_attachments(entry: dict[str, Any]) -> Iterator[bytes]:
    """Those whose bytes are what their names say."""
    for sha256, encoded in read_dict(entry, "attachments").items():
        try:
            data = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError, TypeError):
            continue
        if AttachmentStore.name(data) == sha256:
            yield data
