"""What a call of a server's tool gave, as a model is told it. Sounds are named; pictures too, and go beside
it."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, assert_never

import mcp_types
from pydantic import TypeAdapter, ValidationError

from chat.tools.base import ToolOutcome
from chat.tools.mcp.definitions import one_line

MOST_PIECES = 2_000
LONGEST_NAME = 300
PIECE: TypeAdapter[mcp_types.ContentBlock] = TypeAdapter(mcp_types.ContentBlock)


def outcome_of(result: mcp_types.CallToolResult) -> ToolOutcome:
    """Of a result that was mended."""
    pieces = [piece for one in result.content if (piece := describe_block(one))]
    if not pieces and result.structured_content is not None:
        pieces = [json.dumps(result.structured_content, ensure_ascii=False)]
    pictures = [data for one in result.content if (data := picture_in(one))]
    return ToolOutcome("\n\n".join(pieces), is_error=result.is_error, pictures=pictures)


def mend_content(content: Sequence[Any]) -> list[Any]:
    """A result's pieces as the SDK can read them, which refuses a whole result in which one is odd, or of a
    kind that came with a later protocol: such a piece is named."""
    mended = [piece if _is_known(piece) else _named(piece) for piece in content[:MOST_PIECES]]
    if len(content) > MOST_PIECES:
        mended.append({"type": "text", "text": f"[{len(content) - MOST_PIECES} more]"})
    return mended


def _is_known(piece: Any) -> bool:
    try:
        PIECE.validate_python(piece, by_name=False)
    except ValidationError:
        return False
    return True


def _named(piece: Any) -> dict[str, str]:
    kind = piece.get("type") if isinstance(piece, dict) else None
    told = one_line(kind, LONGEST_NAME) if isinstance(kind, str) else "?"
    return {"type": "text", "text": f"[{told}, which cannot be read]"}


def picture_in(content: mcp_types.ContentBlock) -> str:
    """What a server calls a picture, in base64; empty where it is none."""
    match content:
        case mcp_types.ImageContent(data=data):
            return data
        case mcp_types.EmbeddedResource(
            resource=mcp_types.BlobResourceContents(blob=blob, mime_type=mime)
        ) if (mime or "").startswith("image/"):
            return blob
    return ""


def describe_block(content: mcp_types.ContentBlock) -> str:
    match content:
        case mcp_types.TextContent(text=text):
            return text
        case (
            mcp_types.ImageContent(mime_type=mime, data=data)
            | mcp_types.AudioContent(mime_type=mime, data=data)
        ):
            return f"[{one_line(mime, LONGEST_NAME)}, {bytes_of(data)} bytes]"
        case mcp_types.ResourceLink(name=name, uri=uri):
            return f"[{one_line(name, LONGEST_NAME)}: {one_line(str(uri), LONGEST_NAME)}]"
        case mcp_types.EmbeddedResource(resource=resource):
            return "\n".join(_resource(resource))
    assert_never(content)


def _resource(resource: Any) -> Iterator[str]:
    uri = one_line(str(resource.uri), LONGEST_NAME)
    match resource:
        case mcp_types.TextResourceContents(text=text):
            yield f"[{uri}]"
            yield text
        case mcp_types.BlobResourceContents(blob=blob, mime_type=mime):
            yield f"[{uri}: {one_line(mime or '?', LONGEST_NAME)}, {bytes_of(blob)} bytes]"


def bytes_of(base64: str) -> int:
    return max(0, len(base64) * 3 // 4 - base64[-2:].count("="))
