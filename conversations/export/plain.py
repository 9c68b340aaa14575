"""Plain text: who said what."""

from conversations.files.attachments import AttachmentStore
from conversations.files.file import ConversationFile
from conversations.shapes import parts_of
from conversations.tree import Tree

from .about import remark_of, sources_of, speaker_of
from .outline import Message, Scope, outline_conversation, title_of
from .words import BRANCH, SOURCES


def render(file: ConversationFile, attachments: AttachmentStore, scope: Scope) -> bytes:
    title = " ".join(title_of(file).split())
    blocks = [f"{title}\n{'=' * len(title)}"]
    for section in outline_conversation(file, scope):
        if section.after is not None:
            blocks.append(f"--- {BRANCH.format(message=section.after)} ---")
        blocks += [_message(file.tree, message) for message in section.messages]
    return ("\n\n".join(blocks) + "\n").encode()


def _message(tree: Tree, message: Message) -> str:
    lines = [f"{speaker_of(tree, message)}: {remark_of(tree, message)}".rstrip()]
    for part in parts_of(message):
        if part["type"] == "text":
            lines.append(part["text"].strip("\n"))
        elif part["type"] in ("image", "file"):
            lines.append(f"[{part['name']}]")
    sources = sources_of(tree, message)
    if sources:
        lines += ["", f"{SOURCES}:", *(f"{mark} {source}" for mark, source in sources)]
    return "\n".join(lines)
