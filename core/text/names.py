"""Names of files: as strangers give them, and as titles make them."""

import unicodedata

LONGEST = 200
LONGEST_ENDING = 10
LONGEST_TITLE = 150
"""Bytes of a title in a file's name: with an id and an ending it fits on every file system."""
FORBIDDEN = frozenset('<>:"/\\|?*')
"""What Windows allows in no name."""
JOINERS = "\u200c\u200d"
"""Not printable by themselves, and parts of words and of emoji."""
PORTS = (f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³")
DEVICES = frozenset(("con", "prn", "aux", "nul", "conin$", "conout$", *PORTS))
"""Names that Windows takes for devices, whatever ending they have."""


def plain_name(name: str) -> str:
    """Without folders, control characters and more than a name's length; its ending is kept."""
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    last = "".join(char for char in last if char.isprintable()).strip() or "file"
    if len(last) <= LONGEST:
        return last
    stem, dot, ending = last.rpartition(".")
    if not dot or len(ending) >= LONGEST_ENDING:
        return last[:LONGEST]
    return f"{stem[: LONGEST - len(ending) - 1]}.{ending}"


def name_from_title(title: str) -> str:
    """What a file may be named on every system, without an ending, in any language. Empty where the title
    has nothing that a name could be made of."""
    text = unicodedata.normalize("NFC", "".join(map(_allowed, title)))
    text = " ".join(text.split())
    if len(data := text.encode()) > LONGEST_TITLE:
        text = data[:LONGEST_TITLE].decode(errors="ignore")
    # A point or a dash at the beginning hides the file or makes it an option; Windows drops those at the end.
    name = text.strip(f" .-_{JOINERS}")
    return f"_{name}" if name.partition(".")[0].rstrip().casefold() in DEVICES else name


def _allowed(char: str) -> str:
    if char in FORBIDDEN:
        return "-"
    if char.isprintable() or char in JOINERS:
        return char
    return " " if char.isspace() else ""
