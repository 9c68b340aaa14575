"""How a person has set the page: it follows their account from device to device."""

from typing import Annotated, Any, Literal

import orjson
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from chat.models import Preferences
from chat.policy.access import User
from chat.protocol import commands
from chat.protocol.errors import TooLargeError
from conversations.settings import ROWS, History, Mode
from core.schemas import Storable

LONGEST = 200_000
"""Bytes of all that is kept of one person."""

Id = Annotated[str, Field(max_length=60)]
Ref = Annotated[str, Field(max_length=400)]
Label = Annotated[str, Field(max_length=200)]


class OpenTab(Storable):
    """`conversation`: null where a new one is being written."""

    key: Id
    conversation: Id | None
    title: Annotated[str, Field(max_length=400)]


class NewChat(Storable):
    """The settings that a new conversation begins with."""

    lanes: Annotated[list[commands.Lane], Field(max_length=24)]
    mode: Mode = ROWS["mode"].default
    history: History = ROWS["history"].default
    relay: bool = ROWS["relay"].default
    blind: bool = ROWS["blind"].default


class PreferencesChange(Storable):
    """Absent: as it is. Null: as for somebody who has set nothing. Keys of shortcuts as
    static/src/domain/shortcuts.ts has them; `titles`: who writes titles."""

    theme: Literal["system", "light", "dark"] | None = None
    language: Annotated[str, Field(max_length=10)] | None = None
    text_size: Literal["small", "normal", "large", "larger"] | None = None
    sidebar: bool | None = None
    layout: Literal["auto", "columns", "grid", "tabs", "stack"] | None = None
    send_with: Literal["enter", "mod-enter"] | None = None
    reasoning_open: bool | None = None
    titles: Literal["own", "words"] | None = None
    suggestions: bool | None = None
    export_path: bool | None = None
    shortcuts: Annotated[dict[Id, Id], Field(max_length=100)] | None = None
    favourites: Annotated[list[Ref], Field(max_length=500)] | None = None
    recent_models: Annotated[list[Ref], Field(max_length=50)] | None = None
    new_chat: NewChat | None = None
    tools: bool | Annotated[list[Ref], Field(max_length=500)] | None = None
    folders: Annotated[list[Label], Field(max_length=1_000)] | None = None
    unread: Annotated[list[Id], Field(max_length=2_000)] | None = None
    tabs: Annotated[list[OpenTab], Field(max_length=100)] | None = None
    tab: Id | None = None


def preferences_of(owner: str) -> dict[str, Any]:
    """What is set, and nothing of what is not."""
    row = Preferences.objects.filter(owner=owner).first()
    return known_preferences(row.values) if row else {}


def change_preferences(user: User, change: PreferencesChange) -> dict[str, Any]:
    """Each value for itself, so that two devices take nothing from each other that they did not both set."""
    given = change.model_dump(exclude_unset=True)
    with transaction.atomic():
        row, _made = Preferences.objects.select_for_update().get_or_create(owner=user.owner_id)
        values = {name: value for name, value in {**row.values, **given}.items() if value is not None}
        if len(orjson.dumps(values)) > LONGEST:
            raise TooLargeError(_("That is more than can be kept as settings."))
        row.values = values
        row.save()
    return known_preferences(values)


def known_preferences(values: dict[str, Any]) -> dict[str, Any]:
    """Leaves out preferences that only another version of Divan knows."""
    return {name: values[name] for name in PreferencesChange.model_fields if name in values}
