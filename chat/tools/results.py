"""Results of calls as an answer keeps them: cut where they are long, all of it kept as an attachment, as
pictures are."""

from chat.engine.room import Room
from chat.prompting.made_files import keep_file
from chat.tools.pictures import read_pictures
from chat.tools.turn import TimedOutcome
from conversations.attachments import detect_type
from conversations.records import ToolCallPart, ToolResultPart

MOST_BYTES = 256 * 1024
"""Of a result that a model is told."""
MOST_KEPT = 16 * 1024 * 1024
"""Bytes of a result that are kept at all."""


async def result_part(room: Room, call: ToolCallPart, timed: TimedOutcome) -> ToolResultPart:
    data = timed.outcome.content.encode("utf-8", "replace")
    part: ToolResultPart = {
        "type": "tool_result",
        "id": call["id"],
        "name": call["name"],
        "content": first_bytes(data, MOST_BYTES),
        "is_error": timed.outcome.is_error,
        "ms": timed.ms,
    }
    name = call["name"]
    kept: list[str | None] = []
    if len(data) > MOST_BYTES:
        part["truncated"] = True
        kept.append(await attach_file(room, f"{name}.txt", data[:MOST_KEPT]))
    # Whoever reads the part counts on the text that was cut being the first.
    encoded = () if None in kept else timed.outcome.pictures
    for number, picture in enumerate(await read_pictures(encoded), 1):
        kept.append(
            await attach_file(room, f"{name}-{number}.{detect_type(picture).removeprefix('image/')}", picture)
        )
    if attached := [one for one in kept if one is not None]:
        part["attachments"] = attached
    return part


def first_bytes(data: bytes, most: int) -> str:
    """The beginning of a text; no character is cut in two."""
    return data[:most].decode("utf-8", "ignore")


async def attach_file(room: Room, name: str, data: bytes) -> str | None:
    """The SHA-256 of the attachment; None where there may be none."""
    part = await keep_file(room, name, data)
    return None if part is None else part["sha256"]
