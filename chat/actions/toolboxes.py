"""The tools of a turn, for lanes that use any. Without such a lane nothing of them is imported."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.utils.translation import get_language

from chat.engine.answers.toolbox import OpenToolbox
from chat.engine.room import Room
from conversations.settings import Lane

if TYPE_CHECKING:
    from chat.tools.turn import TurnTools

Toolboxes = Callable[[Lane, str], OpenToolbox | None]
"""For a lane and the id of its answer; None where it uses no tools."""


def toolboxes_for_turn(room: Room, message: str | None, *, attended: bool = True) -> Toolboxes:
    """What the answers to `message` share is made with the first of them. `attended`: a person can be asked
    whether a call may be made."""
    turn: TurnTools | None = None

    def of_lane(lane: Lane, answer: str) -> OpenToolbox | None:
        nonlocal turn
        wanted = lane.get("tools", room.file.tree.settings["tools"])
        if not wanted:
            return None
        from chat.tools.toolbox import LaneTools
        from chat.tools.turn import TurnTools

        if turn is None:
            turn = TurnTools(room, message, get_language(), attended=attended)
        return LaneTools(turn, wanted, answer).open

    return of_lane
