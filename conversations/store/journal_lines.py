"""The lines of a journal after its first, as bytes and back (docs/file-format.md)."""

from dataclasses import dataclass, field
from typing import Any, cast

import orjson

from conversations.answer_parts import Delta, Facts, Line, Piece, Signature, Waiting, WholePart
from conversations.errors import InvalidRecordError, StorageError
from conversations.records import AnswerFacts, AnswerHeader, WaitingCall
from conversations.store.lines import decode_record, split_lines
from core.json_text import dump_json
from core.type_hints import fits


@dataclass(slots=True)
class Journalled:
    """What a journal holds. `waiting`: the calls for which the answer waits. `unknown`: lines that are JSON
    and that this version makes nothing of."""

    header: AnswerHeader
    pieces: list[Piece] = field(default_factory=list)
    facts: AnswerFacts = field(default_factory=AnswerFacts)
    waiting: list[WaitingCall] = field(default_factory=list)
    unknown: int = 0


def encode_line(line: Line) -> str:
    """With its end. Half a surrogate pair becomes U+FFFD, as in a record."""
    return dump_json(line._asdict(), as_line=True).decode()


def parse_line(fields: Any) -> Line | None:
    """None for what this version does not know."""
    if type(fields) is not dict:
        return None
    if type(fields.get("facts")) is dict:
        return Facts(cast(AnswerFacts, fields["facts"]))
    if "waiting" in fields and fits(fields["waiting"], list[WaitingCall]):
        return Waiting(fields["waiting"])
    seq = fields.get("seq")
    if type(seq) is not int or seq < 0:
        return None
    part, text, signature = fields.get("part"), fields.get("text"), fields.get("signature")
    if type(part) is str and type(text) is str:
        return Delta(seq, part, text)
    if type(part) is dict and type(part.get("type")) is str:
        return WholePart(seq, cast(Any, part))
    return Signature(seq, signature) if type(signature) is str and signature and part is None else None


def parse_journal(data: bytes) -> Journalled:
    """A torn last line is not there yet, and what a power cut left in between is passed over. Raises
    StorageError where the first line cannot be read."""
    lines = split_lines([data])
    try:
        found = Journalled(cast(AnswerHeader, decode_record(next(lines))))
    except InvalidRecordError as error:
        raise StorageError("a journal without a readable first line") from error
    for line in lines:
        try:
            fields = orjson.loads(line)
        except ValueError:
            continue
        match parse_line(fields):
            case None:
                found.unknown += 1
            case Facts(facts):
                found.facts = facts
            case Waiting(waiting):
                found.waiting = waiting
            case piece:
                found.pieces.append(piece)
    return found
