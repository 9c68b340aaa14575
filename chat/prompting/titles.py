"""Titles as models write them, in plain words."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from conversations.titles import LONGEST, title_from

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

__all__ = ["LONGEST", "clean_title", "title_from"]

QUOTES = (
    *(
        '""',
        "''",
        "“”",
        "„“",
        "„”",
        "””",
        "‟”",
        "«»",
        "»«",
        "‘’",
        "‚‘",
        "‹›",
        "「」",
        "『』",
        "《》",
        "〈〉",
        "〝〞",
    ),
    *("＂＂", "``", "““", "❝❞"),
)
_TITLE = (
    r"(?:title|başlı[kğ]\w*|заголов\w+|названи\w+|título|titre|titel|titolo"
    r"|标题|標題|题目|タイトル|제목|عنوان)"
)
_LABEL = re.compile(
    rf"^(?:(?:conversation|chat|suggested|possible|short|sohbet(?:in)?|konuşma(?:nın)?|önerilen)\s+)?{_TITLE}"
    r"(?:\s+(?:беседы|чата|разговора|диалога|önerisi|suggestion))?\s*[:：]\s*",
    re.IGNORECASE,
)
_INTERJECTION = (
    r"(?:sure(?: thing)?|certainly|of course|absolutely|okay|ok|great|tabii(?: ki)?|elbette|peki|tamam"
    r"|конечно|хорошо|разумеется)"
)
_ONLY_INTERJECTION = re.compile(rf"{_INTERJECTION}\s*[!.,…]*", re.IGNORECASE)
_LEAD = (
    r"(?:here(?:['’]s|\s+is|\s+are)|this\s+is|i(?:['’]d|\s+would)?\s+(?:suggest|propose)|(?:a|the|my)(?=\s)"
    r"|işte|bu\s+(?:sohbet|konuşma)\w*|вот|предлагаю)"
)
_PREAMBLE = re.compile(
    rf"^(?:{_INTERJECTION}[!,.:]*\s+)?{_LEAD}\s[^:：\"“«„「\n]{{0,60}}?{_TITLE}"
    r"(?:\s+(?:for|of|is|would|could|might|as|için|önerisi|olarak|для|к)(?!\w)[^:：\"“«„「\n]{0,60}|\s*)"
    r"(?:[:：]\s*|(?=[\"“«„「]))",
    re.IGNORECASE,
)
"""`Sure! Here is a title for the conversation: …`. Behind it stands the title, most often in quotes."""
_SURE = re.compile(rf"^{_INTERJECTION}[!,.:]+\s+(?=[\"“«„「])", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“«„「](.+?)[\"”»“」](?!\w)")
_REFUSAL = re.compile(
    r"^(?:(?:i['’]?m|i am)\s+(?:very\s+)?(?:sorry|unable|not able)\b|sorry[,.]?\s+(?:but\s+)?i\b|as an ai\b"
    r"|i\s+(?:can(?:['’]t|not)|won['’]t|could not|couldn['’]t|am not able to)\s+"
    r"(?:help|assist|provide|create|generate|give|comply|fulfil|do that|answer|write|engage)"
    r"|(?:üzgünüm|maalesef|özür dilerim)\b.*\b(?:\w*[ae]m[ıi]yorum|\w*[ae]m[ae]m)\b|bir yapay zek[aâ]\b"
    r"|(?:извините|простите|к сожалению)\b.*\bне\s+могу\b|я\s+не\s+могу\b|как (?:языковая модель|ии)\b)",
    re.IGNORECASE,
)
_THOUGHT = re.compile(
    r"<(think|thinking|thought|reasoning)>.*?(?:</\1>|\Z)|^.*?</(?:think|thinking|thought|reasoning)>",
    re.IGNORECASE | re.DOTALL,
)
_TAGGED = re.compile(r"<(title|başlık|заголовок)>(.{0,500}?)</\1>", re.IGNORECASE | re.DOTALL)
_FULL_STOP = re.compile(r"(?<![.…])(?<!\.\w)[.。．।۔]$")
"""Neither of an ellipsis nor of letters like U.S."""
_BULLET = re.compile(r"^[-*•]\s+")
_NO_MARKS = re.compile(r"(?<!\w)__[a-z0-9_]+?__(?!\w)|(?<=[A-Za-z0-9)])\*{1,3}(?=[A-Za-z0-9(])")
"""Python's `__init__`, and stars between letters and digits: `2**3`."""

_MAY_BE_MARKED = re.compile(r"[\\`*_~#>&<\[\]|=\n\r\0]|^[-+]")
"""One line without any of these says what it says: so do most titles, for which no parser is loaded."""


def clean_title(said: str) -> str:
    """What a model gave as a title, in plain words: models like to think, to head, to mark, to quote and to
    end it. Empty where it gave none, or refused."""
    lines = list(plain_lines(unwrap_title(_THOUGHT.sub("", said))))
    title = next((line for line in lines if is_title(line, last=line == lines[-1])), "")
    before = None
    while title != before:
        before = title
        title = strip_quotes(without_preamble(title))
        title = _FULL_STOP.sub("", title).strip()
    return "" if _REFUSAL.match(title) else title_from(title)


def is_title(line: str, *, last: bool) -> bool:
    """Whether this is a title, and not words that only lead to one."""
    leads = (
        line.endswith((":", "：")) or _ONLY_INTERJECTION.fullmatch(line) or re.fullmatch(_TITLE, line, re.I)
    )
    return last or not leads


def unwrap_title(said: str) -> str:
    """Takes the title out of a tag or of JSON."""
    tagged = _TAGGED.search(said)
    if tagged is not None:
        return tagged[2].strip()
    found = said[max(0, said.find("{")) : said.rfind("}") + 1]
    try:
        given: Any = json.loads(found) if found.startswith("{") else None
    except (ValueError, RecursionError):
        return said
    named = (
        [value for name, value in given.items() if re.fullmatch(_TITLE, name, re.IGNORECASE)] if given else []
    )
    return named[0] if named and isinstance(named[0], str) else said


def without_preamble(title: str) -> str:
    bare = _SURE.sub("", title)
    led = _PREAMBLE.match(bare)
    if led is None:
        return _LABEL.sub("", bare)
    rest = bare[led.end() :]
    quoted = _QUOTED.match(rest)
    return quoted[1] if quoted and (_FULL_STOP.sub("", rest) != quoted[0]) else rest


def plain_lines(markdown: str) -> Iterator[str]:
    """Its lines as they would be read, without their marks."""
    texts = parse_texts(markdown) if _MAY_BE_MARKED.search(markdown.strip()) else [markdown]
    for text in texts:
        for line in text.splitlines():
            if words := _BULLET.sub("", line.strip()):
                yield words


def parse_texts(markdown: str) -> Iterator[str]:
    """What stands in each block, without its marks."""
    for block in _markdown().parse(_NO_MARKS.sub(_bare, markdown)):
        text = block.content
        if block.children is not None:
            breaks = {"softbreak": "\n", "hardbreak": "\n"}
            text = "".join(breaks.get(part.type, part.content) for part in block.children)
        yield text


def strip_quotes(title: str) -> str:
    """Without quotation marks around all of it; those around a part of it stay."""
    ends, inner = title[:1] + title[-1:], title[1:-1].strip()
    if ends not in QUOTES or re.search(rf"(?<!\w)[{ends}]|[{ends}](?!\w)", inner):
        return title
    return inner


def _bare(marks: "re.Match[str]") -> str:
    return re.sub(r"[_*]", r"\\\g<0>", marks[0])


@cache
def _markdown() -> "MarkdownIt":
    """A title may begin with a number, and what looks like HTML is a part of it."""
    from markdown_it import MarkdownIt

    from conversations.emphasis import use_cjk_emphasis

    rules = use_cjk_emphasis(MarkdownIt("commonmark", {"html": False}).enable("strikethrough"))
    return rules.disable(["list", "link", "image", "autolink", "code"])
