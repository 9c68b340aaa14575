"""EPUB: its chapters in reading order."""

import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

from rag.errors import DocumentError
from rag.load import archive, xml
from rag.load.blocks import Block, Progress
from rag.load.html import html_blocks
from rag.load.plain import decode_file


def load(path: Path, name: str) -> Iterator[Block | Progress]:
    with archive.open_archive(path) as members:
        chapters = chapters_in_order(members)
        for done, chapter in enumerate(chapters):
            yield from html_blocks(decode_file(members.read(chapter)))
            yield Progress(done + 1, len(chapters))


def chapters_in_order(members: archive.ArchiveMembers) -> list[str]:
    package = _package(members)
    files: dict[str, str] = {}
    spine: list[str] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == "item":
            files[attributes.get("id", "")] = unquote(attributes.get("href", "").partition("#")[0])
        elif name == "itemref":
            spine.append(attributes.get("idref", ""))

    xml.parse(members.read(package), start, lambda _: None)
    folder = posixpath.dirname(package)
    named = [posixpath.normpath(posixpath.join(folder, files[key])) for key in spine if key in files]
    return [chapter for chapter in named if chapter in members]


def _package(members: archive.ArchiveMembers) -> str:
    found: list[str] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == "rootfile":
            found.append(unquote(attributes.get("full-path", "")).lstrip("/"))

    xml.parse(members.read("META-INF/container.xml"), start, lambda _: None)
    if not found:
        raise DocumentError("broken", "no package")
    return found[0]
