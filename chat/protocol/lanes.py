"""The lanes of a conversation: those that a command asks for, and what they answered. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from chat.protocol import commands
from conversations.ids import random_id
from conversations.roles import viewpoint_lane
from conversations.settings import Lane, LaneRole
from conversations.tree import Tree
from providers.types import Params


def merge_lanes(asked: Sequence[commands.Lane], known: Sequence[Lane]) -> list[Lane]:
    """The lanes as they will be recorded. One without an id is the conversation's own lane of that model
    and place in the row, if there is one, and else new. One of them is the primary one, unless all are asked
    for as something else."""
    free = list(known)
    lanes: list[Lane] = []
    for lane in asked:
        match = next((old for old in free if lane.id == old["id"]), None)
        if match is None and lane.id is None:
            match = next((old for old in free if old["model"] == lane.model), None)
        if match is not None:
            free.remove(match)
        lanes.append(settled_lane(lane, match))
    primary = primary_place(asked, lanes)
    return [lane_in_role(lane, is_primary=place == primary) for place, lane in enumerate(lanes)]


def primary_place(asked: Sequence[commands.Lane], row: Sequence[Lane]) -> int | None:
    """Of the primary lane: the one that is asked for as such, else the one that was, else the first without
    another role."""
    given = [place for place, lane in enumerate(asked) if lane.role == "primary"]
    kept = [place for place, lane in enumerate(row) if lane.get("role") == "primary"]
    free = [place for place, lane in enumerate(asked) if lane.role is None]
    others = [place for place in free if row[place].get("role") != "comparison"]
    return next(iter([*given, *kept, *others, *free]), None)


def lane_in_role(lane: Lane, *, is_primary: bool) -> Lane:
    """The lane as the primary one, or as another: a row has one primary lane."""
    if is_primary:
        return {**lane, "role": "primary"}
    role: LaneRole = lane.get("role", "secondary")
    return {**lane, "role": "secondary" if role == "primary" else role}


def settled_lane(lane: commands.Lane, match: Lane | None) -> Lane:
    """What the command does not mention stays as it was."""
    old: Lane = match or {"id": lane.id or random_id(8), "model": lane.model}
    made: Lane = {
        "id": old["id"],
        "model": lane.model,
        "role": lane.role or old.get("role", "secondary"),
        "system": old.get("system", "") if lane.system is None else lane.system,
        "params": old.get("params", {}) if lane.params is None else params_of(lane.params),
    }
    tools = lane.tools if "tools" in lane.model_fields_set else old.get("tools")
    if tools is not None:
        made["tools"] = tools
    return made


def params_of(params: commands.Params) -> dict[str, Any]:
    return params.model_dump(exclude_none=True, by_alias=True)


def read_params(given: Mapping[str, Any]) -> dict[str, Any]:
    """Those that a command could say: in a file anything may stand."""
    read: dict[str, Any] = {}
    for name, value in given.items():
        with suppress(ValidationError):
            read |= params_of(commands.Params.model_validate({name: value}))
    return read


def sort_answers(tree: Tree, user: str, answers: Iterable[str]) -> list[str]:
    """Answers to a user's message by the lanes it asked; those of other lanes last."""
    place = {lane: number for number, lane in enumerate(tree.messages[user].get("lanes", ()))}
    return sorted(answers, key=lambda answer: place.get(tree.messages[answer]["lane"], len(place)))


def lanes_before(asked: Sequence[str], row: Sequence[Lane], lane: str) -> Sequence[str]:
    """In a relay: the `asked` lanes whose answers `lane` reads; for comparison, as the primary one."""
    seen = viewpoint_lane(row, lane)
    return asked[: asked.index(seen)] if seen in asked else []


def last_answers(tree: Tree, user: str) -> list[str]:
    """The last whole answer of each lane to a user's message. One that was made of others counts for none."""
    last = {
        tree.messages[answer]["lane"]: answer
        for answer in tree.children(user)
        if tree.messages[answer].get("status") == "complete" and "synthesis" not in tree.messages[answer]
    }
    return sort_answers(tree, user, last.values())


def answers_before(tree: Tree, user: str, lane: str) -> list[str]:
    """In a relay: the last answers of the lanes that were asked before `lane`."""
    earlier = lanes_before(tree.messages[user].get("lanes", ()), tree.settings["lanes"], lane)
    return [answer for answer in last_answers(tree, user) if tree.messages[answer]["lane"] in earlier]


def merge_params(defaults: Params, lane: Lane) -> Params:
    """The model's parameters, with those that the lane sets itself in their place."""
    known = read_params(lane.get("params", {}))
    if not known:
        return defaults
    return Params(**{name: getattr(defaults, name) for name in Params.__slots__} | known)
