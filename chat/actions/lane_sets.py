"""Rows of lanes that a person keeps under a name, to begin conversations with. One of them may be the
default."""

from collections.abc import Mapping
from typing import Annotated, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from pydantic import Field, StringConstraints

from chat.models import LaneSet
from chat.policy.access import User
from chat.protocol import commands, lanes
from chat.protocol.errors import ConflictError, NotFoundError, TooLargeError
from conversations.settings import ROWS, History, Mode
from core.schemas import Strict

MOST = 100
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")
]
Lanes = Annotated[list[commands.Lane], Field(min_length=1, max_length=24)]


class NewLaneSet(Strict):
    name: Name
    lanes: Lanes
    mode: Mode = ROWS["mode"].default
    history: History = ROWS["history"].default
    relay: bool = ROWS["relay"].default
    default: bool = False


class LaneSetChange(Strict):
    """A field that is absent stays as it is."""

    name: Name | None = None
    lanes: Lanes | None = None
    mode: Mode | None = None
    history: History | None = None
    relay: bool | None = None
    default: bool | None = None


def lane_sets_of(user: User) -> list[LaneSet]:
    """The person's sets of lanes, sorted by name."""
    return list(LaneSet.objects.filter(owner=user.owner_id)[:MOST])


def keep_lane_set(user: User, new: NewLaneSet) -> LaneSet:
    if LaneSet.objects.filter(owner=user.owner_id).count() >= MOST:
        raise TooLargeError(_("You keep too many model sets. Delete some of them first."))
    values = new.model_dump(exclude={"lanes"})
    return _save(LaneSet(owner=user.owner_id, **values, lanes=lanes.merge_lanes(new.lanes, [])))


def change_lane_set(user: User, number: int, to: LaneSetChange) -> LaneSet:
    found = LaneSet.objects.filter(owner=user.owner_id, pk=number).first()
    if found is None:
        raise no_lane_set()
    changes: Mapping[str, Any] = to.model_dump(exclude={"lanes"}, exclude_none=True)
    for name, value in changes.items():
        setattr(found, name, value)
    if to.lanes is not None:
        found.lanes = lanes.merge_lanes(to.lanes, found.lanes)
    return _save(found)


def remove_lane_set(user: User, number: int) -> None:
    gone, _rows = LaneSet.objects.filter(owner=user.owner_id, pk=number).delete()
    if not gone:
        raise no_lane_set()


def _save(changed: LaneSet) -> LaneSet:
    """A new default takes the place of the one before."""
    try:
        with transaction.atomic():
            if changed.default:
                LaneSet.objects.filter(owner=changed.owner).exclude(pk=changed.pk).update(default=False)
            changed.save()
    except IntegrityError as error:
        raise ConflictError(_("There is a model set of that name.")) from error
    return changed


def no_lane_set() -> NotFoundError:
    return NotFoundError(_("There is no such model set."))
