"""The lanes of a conversation: those that a command asks for, and what they answered. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

from chat.protocol import commands
from conversations.ids import random_id
from conversations.records import Lane, LaneRole
from conversations.tree import Tree


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


def in_order(tree: Tree, user: str, answers: Iterable[str]) -> list[str]:
    """Answers to a user's message by the lanes it asked; those of other lanes last."""
    place = {lane: number for number, lane in enumerate(tree.messages[user].get("lanes", ()))}
    return sorted(answers, key=lambda answer: place.get(tree.messages[answer]["lane"], len(place)))


def last_answers(tree: Tree, user: str) -> list[str]:
    """The last whole answer of each lane to a user's message. One that was made of others counts for none."""
    last = {
        tree.messages[answer]["lane"]: answer
        for answer in tree.children(user)
        if tree.messages[answer].get("status") == "complete" and "synthesis" not in tree.messages[answer]
    }
    return in_order(tree, user, last.values())


def answers_before(tree: Tree, user: str, lane: str) -> list[str]:
    """The last answers of the lanes that were asked before `lane`."""
    asked = list(tree.messages[user].get("lanes", ()))
    earlier = asked[: asked.index(lane)] if lane in asked else []
    return [answer for answer in last_answers(tree, user) if tree.messages[answer]["lane"] in earlier]
