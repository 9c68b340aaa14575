"""Packages of Office: parts of an archive, and how they name one another."""

import posixpath
import re

from rag.load import archive, xml

ROOT = "_rels/.rels"
_MAIN = re.compile(rb"<(?:[\w.-]+:)?(document|presentation|workbook)[\s>]")
KINDS = {b"document": "docx", b"presentation": "pptx", b"workbook": "xlsx"}
USUAL = {"docx": "word/document.xml", "pptx": "ppt/presentation.xml", "xlsx": "xl/workbook.xml"}
HEAD = 4096
Relations = dict[str, tuple[str, str]]
"""Relation id to (kind, the part's name in the archive)."""


def main_part(members: archive.ArchiveMembers) -> tuple[str, str]:
    """Its kind and its name, as the package says; ("", "") where it is none of Office."""
    if ROOT in members:
        for kind, target in find_relations(members, "").values():
            if kind == "officeDocument" and target in members:
                found = _MAIN.search(members.head(target, HEAD))
                if found:
                    return KINDS[found[1]], target
    for kind, name in USUAL.items():
        if name in members:
            return kind, name
    return "", ""


def find_relations(members: archive.ArchiveMembers, part: str) -> Relations:
    folder = posixpath.dirname(part)
    return {
        key: (kind, posixpath.normpath(posixpath.join(folder, target)).lstrip("/"))
        for key, (kind, target) in read_relations(members, part).items()
    }


def read_relations(members: archive.ArchiveMembers, part: str) -> Relations:
    """With the names as they are written, which may count from the part's folder."""
    written = relations_part(part)
    return xml.read_relationships(members.read(written)) if written in members else {}


def relations_part(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def find_related_parts(members: archive.ArchiveMembers, part: str, *kinds: str) -> list[str]:
    """Names of the parts of these kinds, kind by kind, each once."""
    relations = find_relations(members, part).values()
    found = [target for wanted in kinds for kind, target in relations if kind == wanted]
    return [name for name in dict.fromkeys(found) if name in members]
