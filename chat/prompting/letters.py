"""Letters by which a model that judges names what it chose. Pure."""

import re
import unicodedata

BESIDE = "A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u052f"
"""Letters of alphabets that put spaces between words: beside one of them a letter does not stand alone."""
ALONE = re.compile(f"(?<![{BESIDE}])[A-Z](?![{BESIDE}])")
LOOK_ALIKE = str.maketrans("АВСЕНКМОРТХΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABCEHKMOPTXABEZHIKMNOPTYX")
"""Cyrillic and Greek capitals: who writes in Russian may well write them for the Latin ones."""


def letters_alone(text: str) -> list[str]:
    """The capital letters that are no part of a word, in their order."""
    return ALONE.findall(text)


def in_latin(line: str) -> str:
    """The line with Latin capitals for those of any width, or alphabet, that look the same."""
    return unicodedata.normalize("NFKC", line).translate(LOOK_ALIKE)
