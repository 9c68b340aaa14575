"""Decides in which folder a conversation begins."""

from django.utils.translation import gettext_lazy as _

from chat.actions.records import settings_record
from chat.engine.room import Room
from chat.protocol.errors import InvalidError
from conversations.records import SettingsRecord


def folder_records(folder: str | None) -> list[SettingsRecord]:
    """What a new conversation's file says of it, after its first record."""
    return [settings_record({"folder": folder})] if folder else []


def refuse_other_folder(room: Room, folder: str | None) -> None:
    """Raises InvalidError where a conversation that is there would begin elsewhere."""
    if folder not in (None, room.file.tree.settings["folder"]):
        raise InvalidError(
            _("Only a new conversation can start in a folder. Move this one with its settings.")
        )
