"""Vectors without a model: character n-grams of the folded text, hashed into 2,048 numbers.

They find a word in its other forms and with a slip of the pen, in any language, but no meaning: the pages
call it keyword search.
"""

from typing import TYPE_CHECKING

import numpy as np

from rag.words import fold_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIMENSIONS = 2_048
LENGTHS = (3, 4, 5)
_SPACE = np.uint64(ord(" "))
_SEED = 0x2545F4914F6CDD
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0x165667B19E3779F9))
_SHIFTS = (np.uint64(29), np.uint64(32))
_SIGN = np.uint64(11)


def ngram_vector(text: str) -> "NDArray[np.float32]":
    """Of length one, or all zeros where `text` has no word that means something."""
    letters = np.frombuffer(f" {fold_text(text)} ".encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    found = np.zeros(DIMENSIONS, dtype=np.float32)
    for length in LENGTHS:
        hashes = _hashes(letters, length)
        if not len(hashes):
            continue
        distinct, counts = np.unique(hashes, return_counts=True)
        weights = (1.0 + np.log(counts)) * (length / LENGTHS[0])
        signs = np.where((distinct >> _SIGN) & np.uint64(1), 1.0, -1.0)
        places = (distinct % np.uint64(DIMENSIONS)).astype(np.int64)
        found += np.bincount(places, weights=weights * signs, minlength=DIMENSIONS).astype(np.float32)
    norm = float(np.linalg.norm(found))
    return found / norm if norm else found


def _hashes(letters: "NDArray[np.uint64]", length: int) -> "NDArray[np.uint64]":
    """Of each n-gram that does not reach across a space."""
    count = len(letters) - length + 1
    if count <= 0:
        return np.zeros(0, dtype=np.uint64)
    mixed = np.full(count, length * _SEED, dtype=np.uint64)
    inside = np.ones(count, dtype=bool)
    for offset in range(length):
        letter = letters[offset : offset + count]
        mixed = (mixed ^ letter) * _MIX[0]
        mixed ^= mixed >> _SHIFTS[1]
        if 0 < offset < length - 1:
            inside &= letter != _SPACE
    mixed = (mixed ^ (mixed >> _SHIFTS[0])) * _MIX[1]
    return np.asarray((mixed ^ (mixed >> _SHIFTS[1]))[inside])
