"""Formulas in Markdown: `$…$`, `$$…$$`, `\\(…\\)`, `\\[…\\]`, by the same rules as on the page
(static/src/render/math.ts)."""

import re
from collections.abc import Sequence
from typing import Any, cast

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from .mathml import MAX_TEX, mathml

_DISPLAY = {"$$": "$$", "\\[": "\\]"}
_INLINE = {"\\(": "\\)", **_DISPLAY}
_LONGEST_BETWEEN_DOLLARS = 2_000
_OPENS = re.compile(r"(?<![0-9A-Za-z$\\])\$(?=[^\s$])")
_CLOSES = re.compile(r"(?<![\s\\$])\$(?![$0-9A-Za-z])")
_NOT_A_FORMULA = re.compile(r"`|(?:^|[^\\])\$")
_BARE_NUMBER = re.compile(r"[\d.,]+[a-zA-Z]?")
"""`$3$`, `$2x$`: what may stand alone between dollars when it begins with a digit."""
_OPERATOR = re.compile(r"[\\^_={}<>+*|]")


def use_formulas(md: MarkdownIt) -> MarkdownIt:
    md.inline.ruler.before("escape", "formula", _inline)
    md.block.ruler.before(
        "fence", "formula_block", _block, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    md.add_render_rule("formula", _shown)
    return md


def _shown(_renderer: Any, tokens: Sequence[Token], place: int, _options: Any, _env: Any) -> str:
    token = tokens[place]
    made = mathml(token.content, token.markup)
    held = made.startswith("<math")
    if token.block:
        return f'<p class="formula">{made}</p>\n' if held else f"<p>{made}</p>\n"
    return f'<span class="formula">{made}</span>' if held else made


def _inline(state: StateInline, silent: bool) -> bool:
    marks = state.src[state.pos : state.pos + 2]
    if marks in _INLINE:
        return _between(state, silent, marks, _INLINE[marks])
    return _between_dollars(state, silent)


def _between(state: StateInline, silent: bool, opening: str, closing: str) -> bool:
    start = state.pos + len(opening)
    end = state.src.find(closing, start, start + MAX_TEX)
    if end < 0 or not state.src[start:end].strip():
        return False
    _push(state, silent, state.src[start:end], opening)
    state.pos = end + len(closing)
    return True


def _between_dollars(state: StateInline, silent: bool) -> bool:
    start = state.pos + 1
    if not _OPENS.match(state.src, state.pos):
        return False
    closing = _CLOSES.search(state.src, start + 1, start + _LONGEST_BETWEEN_DOLLARS)
    if closing is None or not _is_formula(state.src[start : closing.start()]):
        return False
    _push(state, silent, state.src[start : closing.start()], "$")
    state.pos = closing.end()
    return True


def _is_formula(tex: str) -> bool:
    """`$5 and $6` is money: a formula that begins with a digit has to look like one."""
    if _NOT_A_FORMULA.search(tex):
        return False
    return tex[0] not in "0123456789.," or bool(_BARE_NUMBER.fullmatch(tex) or _OPERATOR.search(tex))


def _push(state: StateInline, silent: bool, tex: str, opening: str) -> None:
    if not silent:
        token = state.push("formula", "math", 0)
        token.content, token.markup = tex.strip(), opening


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A blank line inside means that there is no formula, as TeX has it."""
    opening = _line(state, start)[:2]
    if state.is_code_block(start) or opening not in _DISPLAY:
        return False
    found = _until(state, start, end, _DISPLAY[opening])
    if found is None or not found[0].strip():
        return False
    if not silent:
        token = state.push("formula", "math", 0)
        token.content, token.markup, token.block = found[0].strip(), opening, True
        token.map = [start, found[1]]
        state.line = found[1]
    return True


def _until(state: StateBlock, start: int, end: int, closing: str) -> tuple[str, int] | None:
    """The formula that begins on a line, and the line after it."""
    first = _line(state, start)[2:]
    last = start if closing in first else _stop(state, start, end, closing)
    if last is None:
        return None
    lines = [first, *(_line(state, number) for number in range(start + 1, last + 1))]
    text = "\n".join(lines)
    at = text.find(closing)
    return (text[:at], last + 1) if at == len(text) - len(closing) else None


def _stop(state: StateBlock, start: int, end: int, closing: str) -> int | None:
    """The line behind `start` that holds `closing`; None where the block ends before one. Whoever asks from a
    line in between is told the same without another look: many formulas that nothing closes would otherwise
    each look through all that follows."""
    known = state.env.setdefault("formula_stops", {})
    place = (id(state), end, state.blkIndent, closing)
    since, stop, found = known.get(place, (0, 0, None))
    if not since <= start < stop:
        found = None
        for stop in range(start + 1, end):
            if state.isEmpty(stop) or state.sCount[stop] < state.blkIndent:
                break
            if closing in _line(state, stop):
                found = stop
                break
        else:
            stop = end
        known[place] = (start, stop, found)
    return cast("int | None", found)


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]].rstrip()
