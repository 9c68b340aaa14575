"""Where a conversation searches the web first. What searches is imported when that is wanted."""

from chat.engine.room import Room
from chat.prompting.web import Web
from conversations.settings import Lane


def search_first(room: Room, user: str | None, lane: Lane) -> Web | None:
    """`lane`: the first of those that answer the message `user`. None where nothing is searched."""
    if user is None or not room.file.tree.settings["web"]:
        return None
    from chat.tools.web_first import WebFirst

    return WebFirst(room, user, lane)
