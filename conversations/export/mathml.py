"""TeX as MathML, which browsers show without anything else."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from html import escape, unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_TEX = 4_000
"""Characters; a longer formula stays text, as on the page."""
_CLOSING = {"$": "$", "$$": "$$", "\\(": "\\)", "\\[": "\\]"}
_PARTS: Mapping[str, int | None] = {
    **dict.fromkeys(("mi", "mn", "mo", "mtext", "ms", "mspace"), 0),
    **dict.fromkeys(("mfrac", "mroot", "msub", "msup", "munder", "mover"), 2),
    **dict.fromkeys(("msubsup", "munderover"), 3),
    **dict.fromkeys(("math", "mrow", "msqrt", "mstyle", "mpadded", "mphantom", "menclose")),
    **dict.fromkeys(("mtable", "mtr", "mtd", "mmultiscripts", "mprescripts", "none")),
}
"""What may stand in a page, and of how many parts it is made; None: of any number."""
_ATTRIBUTE = re.compile(
    r"display|mathvariant|stretchy|fence|form|separator|symmetric|largeop|movablelimits|accent|accentunder"
    r"|linethickness|columnalign|rowspacing|columnspacing|columnlines|rowlines|minsize|maxsize|width|height"
    r"|depth|lspace|rspace|voffset|displaystyle|scriptlevel|notation|mathcolor|mathbackground"
)
_VALUE = re.compile(
    r"[a-zA-Z#][\w# ]{0,60}|[-+]?\d{0,2}(\.\d+)?(em|ex|px|pt|mu|cm|mm|in)?( \d{0,2}(\.\d+)?(em|pt)?)*"
)
"""No address, no style, and nothing as wide as a wall."""
_DEFINES = re.compile(
    r"\\(?:def|gdef|edef|let|(?:re)?newcommand|providecommand|DeclareMathOperator)(?![a-zA-Z])"
)
"""A formula that makes its own words may grow beyond all measure."""
_SAME = {
    r"\begin{aligned}": r"\begin{align*}",
    r"\end{aligned}": r"\end{align*}",
    r"\begin{gathered}": r"\begin{matrix}",
    r"\end{gathered}": r"\end{matrix}",
    r"\notag": "",
    r"\nonumber": "",
}
"""What the converter knows by another name."""


class BrokenFormulaError(ValueError):
    pass


@lru_cache(maxsize=2_000)
def mathml(tex: str, opening: str) -> str:
    """The formula in its place in a page; what is none stays text, with its marks."""
    display = opening in ("$$", "\\[")
    try:
        return "".join(_written(_element(tex, display), alttext=tex))
    except BrokenFormulaError:
        return escape(f"{opening}{tex}{_CLOSING[opening]}")


def _element(tex: str, display: bool) -> "Element":
    from latex2mathml.converter import convert_to_element

    if len(tex) > MAX_TEX or _DEFINES.search(tex):
        raise BrokenFormulaError
    for ours, theirs in _SAME.items():
        tex = tex.replace(ours, theirs)
    tex = re.sub(r"\\arg(?![a-zA-Z])", r"\\operatorname{arg}", tex)
    try:
        return convert_to_element(tex, display="block" if display else "inline")
    except Exception as error:
        # The converter has no common error; whatever it stumbles over is no formula.
        raise BrokenFormulaError from error


def _written(element: "Element", **more: str) -> Iterator[str]:
    """Raises BrokenFormulaError where something is unknown or lacks a part."""
    name, text = element.tag, element.text or ""
    if name not in _PARTS or _PARTS[name] not in (None, len(element)) or _is_left_over(name, text):
        raise BrokenFormulaError
    given = {key: value for key, value in element.attrib.items() if _ATTRIBUTE.fullmatch(key)}
    kept = {key: value for key, value in given.items() if _VALUE.fullmatch(value)} | more
    attributes = "".join(f' {key}="{escape(value)}"' for key, value in kept.items())
    yield f"<{name}{attributes}>{escape(unescape(text))}"
    for child in element:
        yield from _written(child)
    yield f"</{name}>"


def _is_left_over(name: str, text: str) -> bool:
    """TeX that the converter did not understand and passes on as it is. Letters it gives by their number."""
    return name == "mi" and (text.startswith("\\") or text in ("}", "&"))
