"""From the lanes that a command asks for to the lanes that a conversation has. Pure."""

from collections.abc import Sequence
from typing import Any

from chat import commands
from conversations.ids import random_id
from conversations.records import Lane, LaneRole


def settled(asked: Sequence[commands.Lane], known: Sequence[Lane]) -> list[Lane]:
    """The lanes as they will be recorded. One without an id is the conversation's own lane of that model
    and place in the row, if there is one, and else new."""
    free = list(known)
    lanes: list[Lane] = []
    for place, lane in enumerate(asked):
        match = next((old for old in free if lane.id == old["id"]), None)
        if match is None and lane.id is None:
            match = next((old for old in free if old["model"] == lane.model), None)
        if match is not None:
            free.remove(match)
        lanes.append(settled_lane(lane, match, place))
    return lanes


def settled_lane(lane: commands.Lane, match: Lane | None, place: int) -> Lane:
    """What the command does not mention stays as it was."""
    role: LaneRole = "primary" if place == 0 else "comparison"
    old: Lane = match or {"id": lane.id or random_id(8), "model": lane.model}
    return {
        "id": old["id"],
        "model": lane.model,
        "role": lane.role or old.get("role", role),
        "system": old.get("system", "") if lane.system is None else lane.system,
        "params": old.get("params", {}) if lane.params is None else params_of(lane.params),
    }


def params_of(params: commands.Params) -> dict[str, Any]:
    return params.model_dump(exclude_none=True, by_alias=True)
