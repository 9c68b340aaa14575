"""PPTX: slides in the order in which they are shown, each with its title as a heading, and its notes."""

import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path

from rag.errors import DocumentError
from rag.load import archive, xml
from rag.load.blocks import MAX_PAGES, Block, Progress

MAIN = "ppt/presentation.xml"


def load(path: Path, name: str) -> Iterator[Block | Progress]:
    with archive.opened(path) as members:
        slides = slides_in_order(members)
        if len(slides) > MAX_PAGES:
            raise DocumentError("too_long", f"{len(slides)} slides")
        for number, slide in enumerate(slides, 1):
            shapes = Shapes()
            xml.parse(members.read(slide), shapes.start, shapes.end, shapes.characters)
            yield Block(shapes.title or str(number), 1, number)
            yield from (Block(text, 0, number) for text in shapes.texts)
            yield from (Block(text, 0, number) for text in notes(members, slide))
            yield Progress(number, len(slides))


def slides_in_order(members: archive.Members) -> list[str]:
    targets = related(members, MAIN)
    found: list[str] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        # The slide's number and its relation are both an `id`, and any prefix may stand before the latter.
        if name == "sldId":
            found.extend(targets[value][1] for value in set(attributes.values()) if value in targets)

    xml.parse(members.read(MAIN), start, lambda _: None)
    return [slide for slide in found if slide in members]


def notes(members: archive.Members, slide: str) -> list[str]:
    for kind, target in related(members, slide).values():
        if kind == "notesSlide" and target in members:
            shapes = Shapes()
            xml.parse(members.read(target), shapes.start, shapes.end, shapes.characters)
            return [text for text in shapes.texts if not text.isdigit()]
    return []


def related(members: archive.Members, part: str) -> dict[str, tuple[str, str]]:
    """Relation id to (kind, the part's name in the archive)."""
    folder, _, name = part.rpartition("/")
    relations = f"{folder}/_rels/{name}.rels"
    if relations not in members:
        return {}
    return {
        key: (kind, posixpath.normpath(posixpath.join(folder, target)).lstrip("/"))
        for key, (kind, target) in xml.relationships(members.read(relations)).items()
    }


class Shapes:
    """The texts of one slide: its title, and each other shape or table row."""

    def __init__(self) -> None:
        self.title = ""
        self.texts: list[str] = []
        self._is_title = False
        self._paragraphs: list[str] = []
        self._text: list[str] = []
        self._inside_text = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        match name:
            case "sp":
                self._is_title, self._paragraphs = False, []
            case "ph":
                self._is_title = attributes.get("type") in ("title", "ctrTitle")
            case "t":
                self._inside_text = True
            case "br":
                self._text.append("\n")

    def end(self, name: str) -> None:
        match name:
            case "t":
                self._inside_text = False
            case "p":
                if text := "".join(self._text).strip():
                    self._paragraphs.append(text)
                self._text = []
            case "sp":
                self._end_shape("\n")
            case "tr":
                self._end_shape(" | ")

    def characters(self, text: str) -> None:
        if self._inside_text:
            self._text.append(text)

    def _end_shape(self, between: str) -> None:
        text = between.join(self._paragraphs)
        self._paragraphs = []
        if self._is_title and not self.title:
            self.title = " ".join(text.split())
        elif text:
            self.texts.append(text)
