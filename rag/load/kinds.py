"""What a file is, told from its bytes. The name decides only between kinds that are all plain text."""

from pathlib import Path, PurePath

from core.text.encodings import looks_like_text
from rag.errors import DocumentError
from rag.load import archive, office

HEAD = 4096
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CODE = """
asm bash bat c cc cfg clj conf cpp cs css cxx dart diff ex exs go gradle graphql groovy h hpp hs ini ipynb
java jl js json jsonl jsx kt kts less lua m mjs mk ml nim nix pas patch php pl proto ps1 py pyi r rb rs
rst scala scss sh sol sql svelte swift tex tf toml ts tsx vb vue xml yaml yml zig zsh
"""
CODE = frozenset(_CODE.split())
ENDINGS = {
    "pdf": ("pdf",),
    "docx": ("docx", "docm"),
    "pptx": ("pptx", "pptm"),
    "xlsx": ("xlsx", "xlsm"),
    "epub": ("epub",),
    "html": ("html", "htm", "xhtml"),
    "md": ("md", "markdown"),
    "csv": ("csv", "tsv"),
    "txt": ("txt", "text", "log", "srt"),
}
BY_EXTENSION = {ending: kind for kind, endings in ENDINGS.items() for ending in endings}
OLD_OFFICE = frozenset({"doc", "dot", "xls", "xlt", "ppt", "pps"})
TEXT = frozenset({"html", "md", "csv", "txt", "code"})
SIGNATURES = (
    b"\x7fELF",
    b"MZ",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"{\\rtf",
)


def extension_of(name: str) -> str:
    return PurePath(name).suffix.lower().lstrip(".")


def said_kind(name: str) -> str:
    """What the name says; empty where it says nothing that is known."""
    ending = extension_of(name)
    return BY_EXTENSION.get(ending) or ("code" if ending in CODE else "")


def kind_of(path: Path, name: str) -> str:
    """Raises DocumentError where the file is of no readable kind, or of another than its name says."""
    said = said_kind(name)
    with path.open("rb") as file:
        head = file.read(HEAD)
    found = _kind_of_bytes(path, head)
    if found == "ole":
        raise DocumentError("old_format" if not said or said not in TEXT else "mismatch")
    if found == "text":
        if said and said not in TEXT:
            raise DocumentError("mismatch", f"text, not {said}")
        if extension_of(name) in OLD_OFFICE:
            raise DocumentError("mismatch", "text, not an Office file")
        return said or ("html" if _looks_like_html(head) else "txt")
    if not found:
        raise DocumentError("mismatch" if said else "unsupported")
    if said and said != found:
        raise DocumentError("mismatch", f"{found}, not {said}")
    return found


def _kind_of_bytes(path: Path, head: bytes) -> str:
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_archive(path)
    if head.startswith(OLE):
        return "ole"
    if head.startswith(SIGNATURES) or not looks_like_text(head):
        return ""
    return "text"


def _kind_of_archive(path: Path) -> str:
    with archive.open_archive(path) as members:
        if "META-INF/container.xml" in members:
            return "epub"
        kind, _ = office.main_part(members)
    return kind


def _looks_like_html(head: bytes) -> bool:
    start = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:200].lower()
    return start.startswith((b"<!doctype html", b"<html"))
