"""Conversations and what belongs to a person, over REST.

attachments.py      attachments: given, read, downloaded
chat.py             what is no resource: any command, stop, approve
conversations.py    conversations as resources
errors.py           the one shape that errors have on REST
exports.py          many conversations of a person in one download
folders.py          folders, and what makes one of them a project
imports.py          exports of other programs: uploaded, counted, taken in
lane_sets.py        model sets
memory.py           what a person tells every model
metrics.py          figures of answers, and the leaderboard
organising.py       many conversations at once, and the trash
preferences.py      how a person has set the page
prompts.py          prompts that people keep
replay.py           a conversation asked again, and the answers beside the old ones
request.py          a request of whoever is logged in
responses.py        what OpenAPI is told of answers that are no JSON, and of refusals
rows.py             the rows in which REST shows conversations and answers
schemas.py          the shapes that several of these share
search.py           search over titles and messages, and what the list can be narrowed by
search_settings.py  who searches the web, as an administrator sets it
shares.py           links by which others may read a conversation
testsets.py         test sets, their runs and schedules
tools.py            tools, tool servers, signing in to them
"""

from chat.doors.rest.attachments import router as attachments
from chat.doors.rest.chat import router as chat
from chat.doors.rest.conversations import router as conversations
from chat.doors.rest.exports import router as exports
from chat.doors.rest.folders import router as folders
from chat.doors.rest.imports import router as imports
from chat.doors.rest.lane_sets import router as lane_sets
from chat.doors.rest.memory import router as memory
from chat.doors.rest.metrics import router as metrics
from chat.doors.rest.organising import router as organising
from chat.doors.rest.preferences import router as preferences
from chat.doors.rest.prompts import router as prompts
from chat.doors.rest.replay import router as replay
from chat.doors.rest.search import router as search
from chat.doors.rest.search_settings import router as search_settings
from chat.doors.rest.shares import router as shares
from chat.doors.rest.testsets import router as testsets
from chat.doors.rest.tools import router as tools

__all__ = [
    "attachments",
    "chat",
    "conversations",
    "exports",
    "folders",
    "imports",
    "lane_sets",
    "memory",
    "metrics",
    "organising",
    "preferences",
    "prompts",
    "replay",
    "search",
    "search_settings",
    "shares",
    "testsets",
    "tools",
]
