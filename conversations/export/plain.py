"""Plain text: who said what."""

from conversations.attachments import AttachmentStore
from conversations.file import ConversationFile

from .outline import Message, Scope, outline, parts_of, remark_of, speaker_of, title_of
from .words import BRANCH


def render(file: ConversationFile, attachments: AttachmentStore, scope: Scope) -> bytes:
    title = " ".join(title_of(file).split())
    blocks = [f"{title}\n{'=' * len(title)}"]
    for section in outline(file, scope):
        if section.after is not None:
            blocks.append(f"--- {BRANCH.format(message=section.after)} ---")
        blocks += [_message(message) for message in section.messages]
    return ("\n\n".join(blocks) + "\n").encode()


def _message(message: Message) -> str:
    lines = [f"{speaker_of(message)}: {remark_of(message)}".rstrip()]
    for part in parts_of(message):
        if part["type"] == "text":
            lines.append(part["text"].strip("\n"))
        elif part["type"] in ("image", "file"):
            lines.append(f"[{part['name']}]")
    return "\n".join(lines)
