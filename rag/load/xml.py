"""Events of an XML part. A part that declares an entity is refused: none of these formats needs one, and
entities are how a small file becomes a large one or reads another."""

from collections.abc import Callable, Mapping
from xml.parsers import expat

from rag.errors import DocumentError

MAX_DEPTH = 10_000
Start = Callable[[str, Mapping[str, str]], None]
End = Callable[[str], None]
Characters = Callable[[str], None]


def parse(data: bytes, start: Start, end: End, characters: Characters = lambda _: None) -> None:
    """Names come without their prefix (`w:p` is `p`), those of attributes both ways. Raises DocumentError."""
    depth = 0

    def on_start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise DocumentError("broken", "nested too deep")
        start(local_name(name), {local_name(key): value for key, value in attributes.items()} | attributes)

    def on_end(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(local_name(name))

    def on_entity(*_: object) -> None:
        raise DocumentError("entities")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = on_start
    parser.EndElementHandler = on_end
    parser.CharacterDataHandler = characters
    parser.EntityDeclHandler = on_entity
    parser.ExternalEntityRefHandler = on_entity  # type: ignore[assignment]
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise DocumentError("broken", str(error)) from error


def local_name(name: str) -> str:
    return name.rpartition(":")[2]


def read_relationships(data: bytes) -> dict[str, tuple[str, str]]:
    """Of an Office part: id to (the last word of its type, target)."""
    found: dict[str, tuple[str, str]] = {}

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            found[attributes.get("Id", "")] = (kind, attributes.get("Target", ""))

    parse(data, start, lambda _: None)
    return found
