"""Makes core/text/letters.json: how often one letter follows another in each language, counted in the
translations that Django and Babel bring. Run it again only to add a language: `python scripts/letters.py`."""

import gettext
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from math import log2
from pathlib import Path

import django
from babel import Locale, UnknownLocaleError

ROOT = Path(__file__).resolve().parent.parent
TO = ROOT / "core" / "text" / "letters.json"
LETTERS = """
ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gl he hr hu id is it kk lt lv mk mn nb nl pl
pt ro ru sk sl sq sr sv th tr uk vi
"""
"""Languages written in an alphabet."""
SIGNS = {"zh_Hans": "zh", "zh_Hant": "zh-hant", "ja": "ja", "ko": "ko"}
"""Languages of thousands of signs."""
_NO_WORDS = re.compile(r"<[^>]*>|%\([^)]*\)[sd]|%[sdi%]|\{[^}]*\}|&\w+;|https?:\S+|[\w.]+@[\w.]+")
EDGE = " "
OLD_ROMANIAN = str.maketrans("șțȘȚ", "şţŞŢ")
"""Older encodings have the Turkish letters."""
LEAST = 4
"""Times that a letter must occur."""
FINEST, COARSEST = 2, 40
"""Of a half bit: what the best and the worst digit say."""
DIGITS = "".join(chr(code) for code in range(48, 48 + COARSEST + 1))


def texts(locale: str) -> Iterator[str]:
    for path in Path(django.__file__).parent.glob(f"**/locale/{locale}/LC_MESSAGES/*.mo"):
        with path.open("rb") as file:
            messages = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
        for key, text in messages.items():
            if key and text != (key[0] if isinstance(key, tuple) else key):
                yield _NO_WORDS.sub(" ", text)
    try:
        names = Locale.parse(locale)
    except UnknownLocaleError:
        return
    for table in (names.territories, names.languages, names.currencies, names.months["format"]["wide"]):
        yield from map(str, table.values())


def words(text: str) -> str:
    """In small letters, with one EDGE around each word."""
    text = unicodedata.normalize("NFC", text.replace("İ", "i")).lower()
    kept = "".join(letter if unicodedata.category(letter)[0] in "LM" else EDGE for letter in text)
    return EDGE + EDGE.join(kept.split()) + EDGE


def digit(probability: float) -> str:
    return DIGITS[min(COARSEST, max(FINEST, round(-2 * log2(probability))))]


def pairs_of(locale: str) -> dict[str, str]:
    """The letters, the commonest first, and row by row a digit for each that may follow."""
    letters, pairs = Counter[str](), Counter[tuple[str, str]]()
    for text in texts(locale):
        line = words(text) if locale != "ro" else words(text + EDGE + text.translate(OLD_ROMANIAN))
        letters.update(line)
        pairs.update(pairwise(line))
    known = [letter for letter, count in letters.most_common() if count >= LEAST]
    total = sum(letters[letter] for letter in known)
    rows = []
    for first in known:
        after = sum(pairs[first, second] for second in known) or 1
        rows.append(
            "".join(
                digit(0.88 * pairs[first, second] / after + 0.1 * letters[second] / total + 0.02 / len(known))
                for second in known
            )
        )
    return {"letters": "".join(known), "rows": "".join(rows)}


def signs_of(locale: str) -> dict[str, str]:
    """The signs, the commonest first, and a digit for each."""
    signs = Counter[str]()
    for text in texts(locale):
        signs.update(letter for letter in text if ord(letter) > 0x2E7F and letter.isalpha())
    total = sum(signs.values())
    known = [sign for sign, count in signs.most_common() if count >= 2]
    return {"letters": "".join(known), "rows": "".join(digit(0.8 * signs[sign] / total) for sign in known)}


def main() -> None:
    found = {locale: pairs_of(locale) for locale in LETTERS.split()}
    found |= {name: signs_of(locale) for locale, name in SIGNS.items()}
    lines = ",\n".join(
        f"{json.dumps(name)}: {json.dumps(table, ensure_ascii=False)}" for name, table in found.items()
    )
    TO.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
