from chat.doors.rest.attachments import router as attachments
from chat.doors.rest.chat import router as chat
from chat.doors.rest.conversations import router as conversations
from chat.doors.rest.exports import router as exports
from chat.doors.rest.finding import router as finding
from chat.doors.rest.folders import router as folders
from chat.doors.rest.imports import router as imports
from chat.doors.rest.lane_sets import router as lane_sets
from chat.doors.rest.memory import router as memory
from chat.doors.rest.metrics import router as metrics
from chat.doors.rest.organising import router as organising
from chat.doors.rest.preferences import router as preferences
from chat.doors.rest.prompts import router as prompts
from chat.doors.rest.replay import router as replay
from chat.doors.rest.search_settings import router as search_settings
from chat.doors.rest.shares import router as shares
from chat.doors.rest.testsets import router as testsets
from chat.doors.rest.tools import router as tools

__all__ = [
    "attachments",
    "chat",
    "conversations",
    "exports",
    "finding",
    "folders",
    "imports",
    "lane_sets",
    "memory",
    "metrics",
    "organising",
    "preferences",
    "prompts",
    "replay",
    "search_settings",
    "shares",
    "testsets",
    "tools",
]
