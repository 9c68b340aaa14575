"""Our own format: every record as it stands in the file, and the attachments they name."""

import base64
from typing import Any, cast

import orjson

from conversations.attachments import AttachmentStore
from conversations.store.conversation import ConversationFile

from .outline import Scope, attached_hashes

VERSION = 1


def render(file: ConversationFile, attachments: AttachmentStore, scope: Scope) -> bytes:
    """Of the shown path, other messages are left out and records that speak of them."""
    kept = set(file.tree.path()) if scope == "path" else None
    records = [
        record
        for _, record in file.records_from(0)
        if kept is None or _concerns(cast(dict[str, Any], record), kept)
    ]
    document = {
        "divan": VERSION,
        "id": file.id,
        "records": records,
        "attachments": _attached(records, attachments),
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _concerns(record: dict[str, Any], kept: set[str]) -> bool:
    match record["type"]:
        case "message":
            return record["id"] in kept
        case "head" | "vote" | "delete":
            return record["message"] in kept
        case "branch":
            return record["head"] in kept
        case "summary":
            return record["covers"] in kept
    return True


def _attached(records: list[Any], attachments: AttachmentStore) -> dict[str, str]:
    """Base64 by SHA-256. What is not kept any more is left out."""
    found: dict[str, str] = {}
    for record in records:
        for sha256 in attached_hashes(record) if record["type"] == "message" else ():
            if sha256 not in found:
                data = attachments.read(sha256)
                if data is not None:
                    found[sha256] = base64.b64encode(data).decode()
    return dict(sorted(found.items()))
