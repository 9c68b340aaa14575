"""One HTML page that needs nothing else: images inside, no script, nothing fetched."""

import base64
import re
from collections.abc import Iterator
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from conversations.attachments import IMAGES, AttachmentStore, detect_type
from conversations.fences import find_fences
from conversations.links import is_openable
from conversations.shapes import parts_of
from conversations.store.conversation import ConversationFile
from conversations.tree import Tree

from .calls import CompletedCall, pair_results, readable_arguments
from .message_facts import CitedSource, remark_of, sources_of, speaker_of
from .outline import Message, Scope, files_of, outline_conversation, title_of
from .words import BRANCH, EARLIER, REASONING, SOURCES

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.55 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}article{margin:1.2rem 0;padding:.2rem 1rem;border-left:3px solid #8884}
article.user{border-left-color:#48f}h2.by{font-size:.95rem;margin:.4rem 0;opacity:.75}
article h1{font-size:1.3rem}article h2{font-size:1.15rem}article h3{font-size:1.05rem}
p{overflow-wrap:anywhere;margin:.6rem 0}.user p{white-space:pre-wrap}
table{display:block;overflow-x:auto;border-collapse:collapse}th,td{border:1px solid #8886;padding:.2rem .6rem}
blockquote{margin:.6rem 0;padding-left:.8rem;border-left:3px solid #8886}
pre{overflow-x:auto;padding:.7rem;background:#8882;border-radius:6px}
math{font-size:1.1em}math[display=block]{overflow-x:auto;overflow-y:hidden;margin:.6rem 0}
span.formula{display:inline-block;max-width:100%;contain:paint;padding:.15em;margin:-.15em}
p.formula{overflow-x:auto;overflow-y:hidden}
mtd[columnalign=right]{text-align:right}mtd[columnalign=left]{text-align:left}
menclose{border:1px solid;padding:.2em}
details{opacity:.8}
details pre{max-height:24rem;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere}
img{max-width:100%}hr{margin:2rem 0}
.sources{font-size:.9rem;opacity:.8;margin:.2rem 0}ul.sources{list-style:none;padding:0}
@media print{body{max-width:none}details{display:none}}
""".strip()


def render(file: ConversationFile, attachments: AttachmentStore, scope: Scope) -> bytes:
    """What a person wrote stands there as it was typed, answers as their Markdown means them."""
    title = escape(" ".join(title_of(file).split()))
    body = "\n".join(_blocks(file, attachments, scope))
    page = (
        '<!doctype html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{body}\n"
        "</body>\n</html>\n"
    )
    return page.encode()


def _blocks(file: ConversationFile, attachments: AttachmentStore, scope: Scope) -> Iterator[str]:
    for section in outline_conversation(file, scope):
        if section.after is not None:
            link = f'<a href="#{escape(section.after)}">{escape(str(EARLIER))}</a>'
            yield f"<hr>\n<p>{escape(str(BRANCH)).format(message=link)}</p>"
        for message in section.messages:
            yield from _message(file.tree, message, attachments)


def _message(tree: Tree, message: Message, attachments: AttachmentStore) -> Iterator[str]:
    yield f'<article class="{message["role"]}" id="{escape(message["id"])}">'
    yield f'<h2 class="by">{escape(f"{speaker_of(tree, message)} {remark_of(tree, message)}".rstrip())}</h2>'
    by_person = message["role"] == "user"
    for part in pair_results(parts_of(message)):
        if isinstance(part, CompletedCall):
            yield _called(part, attachments)
        else:
            yield _part(part, attachments, by_person=by_person)
    sources = sources_of(tree, message)
    if sources:
        listed = "".join(map(_source, sources))
        yield f'<p class="sources">{escape(str(SOURCES))}</p>\n<ul class="sources">{listed}</ul>'
    yield "</article>"


def _source(source: CitedSource) -> str:
    words = escape(source.words)
    if source.url:
        words = f'<a href="{escape(source.url)}" rel="noopener noreferrer nofollow">{words}</a>'
    return f"<li>{source.mark} {words}</li>"


def _part(part: dict[str, Any], attachments: AttachmentStore, *, by_person: bool) -> str:
    match part["type"]:
        case "text":
            return _text(part["text"]) if by_person else _answer(part["text"])
        case "reasoning":
            return f"<details><summary>{escape(str(REASONING))}</summary>{_answer(part['text'])}</details>"
        case "image" if part.get("mime") in IMAGES:
            data = attachments.read(part["sha256"])
            if data is not None:
                source = f"data:{part['mime']};base64,{base64.b64encode(data).decode()}"
                return f'<p><img src="{source}" alt="{escape(part["name"])}"></p>'
    return f"<p>[{escape(part['name'])}]</p>"


def _called(called: CompletedCall, attachments: AttachmentStore) -> str:
    asked = (
        "" if called.call is None else f"<pre>{escape(readable_arguments(called.call['arguments'])[1])}</pre>"
    )
    result = called.result
    gave = "" if result is None else f"<p>{escape(called.ending)}</p><pre>{escape(result['content'])}</pre>"
    drawn = [] if result is None else [_drawn(one, called.title, attachments) for one in files_of(result)[1]]
    return f"<details><summary>{escape(called.title)}</summary>{asked}{gave}{''.join(drawn)}</details>"


def _drawn(sha256: str, name: str, attachments: AttachmentStore) -> str:
    """Told from its bytes; nothing where they are no picture, or not kept."""
    data = attachments.read(sha256)
    if data is None or (mime := detect_type(data)) not in IMAGES:
        return ""
    source = f"data:{mime};base64,{base64.b64encode(data).decode()}"
    return f'<p><img src="{source}" alt="{escape(name)}"></p>'


def _text(text: str) -> str:
    """Paragraphs, and code in fences; other marks stay as they were typed."""
    made, at = [], 0
    for fence in find_fences(text):
        made.append(_paragraphs(text[at : fence.start]))
        made.append(f"<pre><code>{escape(fence.code)}\n</code></pre>")
        at = fence.end
    made.append(_paragraphs(text[at:]))
    return "".join(made)


def _paragraphs(text: str) -> str:
    return "".join(
        f"<p>{escape(block)}</p>" for block in re.split(r"\n\s*\n", text.strip("\n")) if block.strip()
    )


def _answer(text: str) -> str:
    return str(_markdown().render(text))


@cache
def _markdown() -> "MarkdownIt":
    """HTML stays text, no link runs anything, and a picture elsewhere stays a link."""
    from markdown_it import MarkdownIt

    from conversations.emphasis import use_cjk_emphasis

    from .formulas import use_formulas

    made = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    made.validateLink = is_openable  # type: ignore[method-assign]  # its documented way
    parser = use_formulas(use_cjk_emphasis(made))
    # Its rules are put together at the first use, during which a second thread would find a part of them.
    parser.render("*a*")
    return parser
