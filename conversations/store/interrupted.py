"""What a journal becomes whose process died: an answer that was interrupted, with all that had arrived."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from conversations.answer_parts import count_gaps, fold_pieces, mark_gaps, missing_results
from conversations.records import AnswerHeader, AnswerMessage, Part, Usage, unmeasured_timing
from conversations.store.journal_lines import Journalled
from conversations.tree import check_records
from core.times import timestamp

_count_tokens: Callable[[str], int] | None = None


def count_tokens_with(count: Callable[[str], int]) -> None:
    """How long a text is to a model, this app does not know: whoever composes it with another says how.
    Without it an answer whose process died has no count."""
    global _count_tokens
    _count_tokens = count


def make_interrupted_answer(message: str, journal: Journalled, ended: datetime) -> AnswerMessage:
    """`ended`: when the last of it arrived. Raises InvalidRecordError where its header is no answer's."""
    header, parts = journal.header, fold_pieces(mark_gaps(journal.pieces)).as_list()
    parts += missing_results(parts)
    try:
        lasted = ended - datetime.fromisoformat(header["at"])
        total_ms: int | None = max(0, round(lasted.total_seconds() * 1000))
    except (KeyError, TypeError, ValueError):
        total_ms = None
    answer: dict[str, Any] = {
        "at": timestamp(ended),
        **journal.facts,
        **header,
        "id": message,
        "parts": parts,
        "status": "interrupted",
        **unmeasured_timing(),
        "usage": _estimated(header, parts),
        "timing": {"first_token_ms": None, "total_ms": total_ms},
    }
    for name in ("position", "calls"):
        answer.pop(name, None)
    if gaps := count_gaps(journal.pieces):
        answer["gaps"] = gaps
    check_records([cast(AnswerMessage, answer)])
    return cast(AnswerMessage, answer)


def _estimated(header: AnswerHeader, parts: list[Part]) -> Usage:
    """Of one that continues another it is not known where its own words begin."""
    usage = unmeasured_timing()["usage"]
    said = "".join(str(part.get("text", "")) for part in parts)
    if _count_tokens is None or not said or "continues" in header:
        return usage
    return {**usage, "output": _count_tokens(said), "estimated": True}
