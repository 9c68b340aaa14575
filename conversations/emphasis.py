"""Marks of emphasis beside Chinese, Japanese and Korean letters, by the same rule as on the page
(static/src/render/cjk.ts)."""

import re
from collections.abc import MutableMapping
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import isWhiteSpace
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline.state_inline import Scanned, StateInline
from markdown_it.token import Token

_CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\u303f\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe10-\ufe1f"
    "\ufe30-\ufe6f\uff01-\uffee\U00016fe0-\U00018dff\U0001aff0-\U0001b2ff\U0001f200-\U0001f2ff"
    "\U00020000-\U0003fffd\U000e0100-\U000e01ef]"
)


def use_cjk_emphasis(md: MarkdownIt) -> MarkdownIt:
    """Between words without spaces Markdown's rule fails: in `**“引用”**的` the marks stand behind
    punctuation and before a letter, so that they may only open. Beside these letters they may open and
    close."""
    parser = _Parser()
    parser.ruler, parser.ruler2 = md.inline.ruler, md.inline.ruler2
    md.inline = parser
    return md


class _State(StateInline):
    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803 -- the library's
        scanned = super().scanDelims(start, canSplitWord)
        end = start + scanned.length
        if not canSplitWord or start == 0 or end >= self.posMax:
            return scanned
        beside = self.src[start - 1], self.src[end]
        at_space = any(isWhiteSpace(ord(char)) for char in beside)
        if at_space or not any(map(_CJK.match, beside)):
            return scanned
        return Scanned(True, True, scanned.length)


class _Parser(ParserInline):
    def parse(
        self, src: str, md: MarkdownIt, env: MutableMapping[str, Any], tokens: list[Token]
    ) -> list[Token]:
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens
