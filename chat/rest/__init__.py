from chat.rest.attachments import router as attachments
from chat.rest.chat import router as chat
from chat.rest.conversations import router as conversations
from chat.rest.exports import router as exports
from chat.rest.finding import router as finding
from chat.rest.imports import router as imports
from chat.rest.memory import router as memory
from chat.rest.organising import router as organising
from chat.rest.prompts import router as prompts
from chat.rest.replay import router as replay
from chat.rest.shares import router as shares

__all__ = [
    "attachments",
    "chat",
    "conversations",
    "exports",
    "finding",
    "imports",
    "memory",
    "organising",
    "prompts",
    "replay",
    "shares",
]
