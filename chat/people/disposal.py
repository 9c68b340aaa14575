"""What becomes of what somebody has when they leave: another takes it over, the administrator keeps it, or it
is removed for good. Blocks; done again it goes on where it was."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import Model

from chat.models import (
    LaneSet,
    Memory,
    Preferences,
    Project,
    Prompt,
    Remembered,
    Share,
    ToolChoice,
    ToolSignIn,
    Upload,
)
from chat.people import folders
from chat.people.file_sync import write_rows
from chat.people.kinds import KINDS
from conversations.attachments import AttachmentStore
from conversations.errors import ConversationNotFoundError, StoreError
from conversations.index.indexing import index_conversation
from conversations.models import Conversation
from conversations.purge import purge_at_once
from conversations.store.base import Store
from conversations.store.choice import current_store
from conversations.store.trash import owner_in_trash
from core.accounts import name_of
from core.models import Owner, Quota
from core.owners import is_id
from providers.models import Budget, FolderBudget, Persona, Spending
from rag import access
from rag.models import Collection, Document, new_version


class Fate(StrEnum):
    """What becomes of what somebody has."""

    HAND_OVER = "hand_over"
    KEEP = "keep"
    REMOVE = "remove"


@dataclass(slots=True)
class DisposalReport:
    """How much of each became what was asked for. `failed`: what could not be, in words."""

    conversations: int = 0
    in_trash: int = 0
    attachments: int = 0
    documents: int = 0
    prompts: int = 0
    personas: int = 0
    memory: int = 0
    testsets: int = 0
    links: int = 0
    spending: int = 0
    failed: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name != "failed"}


Leaving = Callable[[str, Fate, str, DisposalReport], None]

when_leaving: list[Leaving] = []
"""Told whose things become what, and the heir. What stands above puts itself here (chat/apps.py)."""


def dispose_of_data(owner: str, fate: Fate, heir: str = "") -> DisposalReport:
    """`owner` and `heir`: ids. Links and sign-ins to tool servers end, whatever is chosen; what a person told
    models about themselves, and which tools they allowed, goes to nobody else. What was spent stays in the
    sums, without a name, unless it is removed."""
    report = DisposalReport()
    report.links = _delete(Share, owner)
    _delete(ToolSignIn, owner)
    _delete(Budget, owner)
    _delete(Quota, owner)
    for leaving in when_leaving:
        leaving(owner, fate, heir, report)
    if fate is Fate.KEEP:
        return report
    report.memory = _delete(Memory, owner) + _delete(Remembered, owner)
    _delete(ToolChoice, owner)
    _delete(LaneSet, owner)
    _delete(Preferences, owner)
    if fate is Fate.HAND_OVER:
        _hand_over(owner, heir, report)
    else:
        _remove(owner, report)
    if not report.failed:
        _forget_folder(owner, whole=fate is Fate.REMOVE)
        if is_id(owner):
            Owner.objects.filter(pk=owner, user=None).delete()
    return report


def _hand_over(owner: str, heir: str, report: DisposalReport) -> None:
    store, name = current_store(), name_of(heir)
    for conversation, trashed in _conversations(store, owner):
        try:
            store.hand_over(conversation, heir, name, trashed=trashed)
        except ConversationNotFoundError:
            continue
        except StoreError as error:
            report.failed.append(str(error))
            continue
        if trashed:
            report.in_trash += 1
        else:
            index_conversation(store, conversation, whole=True)
            report.conversations += 1
    report.prompts = Prompt.objects.filter(owner=owner).update(owner=heir)
    report.personas = Persona.objects.filter(owner=owner).update(owner=heir)
    theirs = Upload.objects.filter(owner=heir).values_list("sha256", flat=True)
    report.attachments = Upload.objects.filter(owner=owner).exclude(sha256__in=theirs).update(owner=heir)
    _delete(Upload, owner)
    for collection in Collection.objects.filter(owner=owner):
        report.documents += _give_collection(collection, heir)
    for model in (Project, FolderBudget):
        _give_by_folder(model, owner, heir)
    report.spending = Spending.objects.filter(owner=owner).count()
    for kind in KINDS:
        write_rows(kind, heir)


def _give_collection(given: Collection, heir: str) -> int:
    """What the heir has already is not had twice."""
    into = Collection.objects.filter(owner=heir, conversation=given.conversation).first()
    count = given.documents.count()
    if into is None:
        Collection.objects.filter(pk=given.pk).update(owner=heir)
        return count
    there = into.documents.exclude(sha256="").values_list("sha256", flat=True)
    given.documents.exclude(sha256__in=list(there)).update(collection=into)
    Collection.objects.filter(pk__in=(given.pk, into.pk)).update(version=new_version())
    for twice in given.documents.all():
        access.delete_document(twice)
        count -= 1
    given.delete()
    return count


def _give_by_folder(model: type[Project] | type[FolderBudget], owner: str, heir: str) -> None:
    """Of a folder that the heir has too, what the heir says holds."""
    theirs = list(model.objects.filter(owner=heir).values_list("folder", flat=True))
    model.objects.filter(owner=owner).exclude(folder__in=theirs).update(owner=heir)
    _delete(model, owner)


def _remove(owner: str, report: DisposalReport) -> None:
    store = current_store()
    for conversation, trashed in list(_conversations(store, owner)):
        if trashed:
            report.in_trash += 1
            continue
        with suppress(ConversationNotFoundError):
            store.trash(conversation)
        report.conversations += 1
        index_conversation(store, conversation)
    mine = [one for one in store.trashed.ids() if _owner_in_trash(store, one) == owner]
    uploads = set(Upload.objects.filter(owner=owner).values_list("sha256", flat=True))
    _delete(Upload, owner)
    others = set(Upload.objects.filter(sha256__in=uploads).values_list("sha256", flat=True))
    for document in Document.objects.filter(collection__owner=owner):
        access.delete_document(document)
        report.documents += 1
    _delete(Collection, owner)
    purged = purge_at_once(store, AttachmentStore(settings.DATA_DIR), mine, uploads - others)
    report.attachments = len(purged.attachments)
    report.prompts = _delete(Prompt, owner)
    report.personas = _delete(Persona, owner)
    _delete(Project, owner)
    _delete(FolderBudget, owner)
    report.spending = _delete(Spending, owner)


def _conversations(store: Store, owner: str) -> Iterator[tuple[str, bool]]:
    """The ids of their conversations, and whether each is in the trash."""
    for conversation in Conversation.objects.filter(owner=owner).values_list("pk", flat=True):
        yield conversation, False
    for conversation in store.trashed.ids():
        if _owner_in_trash(store, conversation) == owner:
            yield conversation, True


def _owner_in_trash(store: Store, conversation: str) -> str | None:
    with suppress(StoreError):
        return owner_in_trash(store, conversation)
    return None


def _delete(model: type[Model], owner: str) -> int:
    rows: Any = model._default_manager.filter(owner=owner)
    count = int(rows.count())
    rows.delete()
    return count


def _forget_folder(owner: str, *, whole: bool) -> None:
    """Removes their files. Unless `whole`, what they spent stays, without their name."""
    folder = folders.people_folder() / folders.folder_name(owner)
    if whole:
        shutil.rmtree(folder, ignore_errors=True)
        return
    for path in folder.glob("*.json"):
        path.unlink(missing_ok=True)
    if folder.is_dir():
        folders.write_file(folder / folders.PERSON, {"format": folders.FORMAT, "owner": owner})
