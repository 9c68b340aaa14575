"""`/api/lane-sets`: rows of lanes that a person keeps under a name."""

from collections.abc import Callable
from typing import Annotated, Any, ParamSpec, TypeVar

from channels.db import database_sync_to_async
from ninja import Path, Router, Schema, Status

from chat.actions import lane_sets
from chat.doors.rest.request import ApiRequest
from chat.doors.rest.responses import CHANGES
from chat.models import LaneSet
from conversations.settings import History, Mode

router = Router(tags=["lane sets"])
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
Given = ParamSpec("Given")
Found = TypeVar("Found")


class LaneSetRow(Schema):
    """`default`: what a new conversation begins with."""

    id: int
    name: str
    lanes: list[dict[str, Any]]
    mode: Mode
    history: History
    relay: bool
    default: bool


class LaneSetList(Schema):
    lane_sets: list[LaneSetRow]


def lane_set_json(found: LaneSet) -> dict[str, Any]:
    return {name: getattr(found, name) for name in LaneSetRow.model_fields}


async def in_database(do: Callable[Given, Found], *given: Given.args, **named: Given.kwargs) -> Found:
    done: Found = await database_sync_to_async(do, thread_sensitive=False)(*given, **named)
    return done


@router.get("", response=LaneSetList)
async def known_lane_sets(request: ApiRequest) -> Any:
    return {"lane_sets": list(map(lane_set_json, await in_database(lane_sets.lane_sets_of, request.auth)))}


@router.post("", response={201: LaneSetRow, **CHANGES})
async def keep_lane_set(request: ApiRequest, body: lane_sets.NewLaneSet) -> Any:
    return Status(201, lane_set_json(await in_database(lane_sets.keep_lane_set, request.auth, body)))


@router.patch("/{lane_set}", response={200: LaneSetRow, **CHANGES})
async def change_lane_set(request: ApiRequest, lane_set: Number, body: lane_sets.LaneSetChange) -> Any:
    return lane_set_json(await in_database(lane_sets.change_lane_set, request.auth, lane_set, body))


@router.delete("/{lane_set}", response={204: None})
async def remove_lane_set(request: ApiRequest, lane_set: Number) -> Any:
    await in_database(lane_sets.remove_lane_set, request.auth, lane_set)
    return Status(204, None)
