"""A person's folders, and what makes one of them a project: what it carries beside conversations."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from asgiref.sync import sync_to_async
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from pydantic import Field, StringConstraints, field_validator

from chat.actions.bulk import Bulk, Change, change_conversations
from chat.engine import current_engine
from chat.models import Project
from chat.people import spending
from chat.policy.access import User
from chat.policy.spending import LONGEST_NAME
from chat.prompting import retrieval
from chat.prompting.projects import documents_of
from chat.protocol import commands, lanes
from chat.protocol.errors import ConflictError, InvalidError, NotFoundError, TooLargeError
from conversations.models import Conversation
from conversations.records import AskedDocument
from conversations.settings import AskedTools
from core.schemas import Strict
from providers.costs import budgets
from providers.costs.ledger import ledger
from providers.models import FolderBudget

MOST = 500
Period = Literal["day", "month", "total"]
FolderName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME, pattern=r"^[^\x00]*$"),
]
Instructions = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=100_000, pattern=r"^[^\x00]*$")
]
Documents = Annotated[list[commands.DocumentId], Field(max_length=200)]
Lanes = Annotated[list[commands.Lane], Field(max_length=24)]
Usd = Annotated[float, Field(ge=0, le=1_000_000_000, allow_inf_nan=False)]


class FolderBudgetIn(Strict):
    usd: Usd
    period: Period = "month"


class FolderChange(Strict):
    """Absent: as it is; null, of what a project carries: nothing of that. A number for `budget`: USD a
    month."""

    name: FolderName = ""
    instructions: Instructions | None = None
    documents: Documents | None = None
    lanes: Lanes | None = None
    tools: AskedTools | None = None
    web: bool | None = None
    budget: FolderBudgetIn | None = None

    @field_validator("budget", mode="before")
    @classmethod
    def a_number_is_usd(cls, given: Any) -> Any:
        is_number = isinstance(given, int | float) and not isinstance(given, bool)
        return {"usd": given} if is_number else given


@dataclass(slots=True)
class Folder:
    """`conversations`: how many lie in it, archived ones too. `spent`: USD, by period."""

    name: str
    conversations: int
    project: Project
    budget: FolderBudget | None
    spent: dict[str, float]
    documents: list[AskedDocument] = field(default_factory=list)

    @property
    def is_project(self) -> bool:
        """Whether the folder carries something: what its conversations are given, or a budget."""
        return not self.project._state.adding or self.budget is not None


def projects_of(user: User) -> set[str]:
    """The names of the folders that carry something."""
    mine = {"owner": user.owner_id}
    return {
        *Project.objects.filter(**mine).values_list("folder", flat=True),
        *FolderBudget.objects.filter(**mine).values_list("folder", flat=True),
    }


async def folder_of(user: User, name: str) -> Folder:
    """Raises NotFoundError where neither a conversation nor a project is of that name."""
    found = await sync_to_async(_read)(user, name)
    if found is None:
        raise NotFoundError(_("There is no folder of that name."))
    found.documents = await documents_of(found.project)
    return found


def _read(user: User, name: str) -> Folder | None:
    if "\x00" in name:
        return None
    owner = user.owner_id
    project = _project(owner, name)
    budget = FolderBudget.objects.filter(owner=owner, folder=name).first()
    count = Conversation.objects.filter(owner=owner, folder=name).count()
    if project._state.adding and budget is None and not count:
        return None
    ledger.write()
    day = budgets.utc_today()
    spent = {
        period: budgets.spent_in_folder(owner, name, period, day)[0] for period in FolderBudget.Period.values
    }
    return Folder(name, count, project, budget, spent)


def _project(owner: str, name: str) -> Project:
    """The row of a folder; a new one that is not saved yet where the folder carries nothing."""
    return Project.objects.filter(owner=owner, folder=name).first() or Project(owner=owner, folder=name)


async def change_folder(user: User, name: str, to: FolderChange) -> Folder:
    """Changes what a folder carries; one that carried nothing before has a row from then on. Raises
    InvalidError, ConflictError, NotFoundError, TooLargeError."""
    changed = to.model_fields_set
    if not 1 <= len(name) <= LONGEST_NAME or name != name.strip() or "\x00" in name:
        raise InvalidError(_("A folder's name has 1 to 200 characters, none of them blank at its ends."))
    if to.documents:
        await retrieval.find_documents(user.owner_id, to.documents)
    await sync_to_async(_change)(user, name, to)
    if "name" in changed and to.name != name:
        await folder_of(user, name)
        await _rename(user, name, to.name)
        name = to.name
    return await folder_of(user, name)


def _change(user: User, name: str, to: FolderChange) -> None:
    owner, changed = user.owner_id, to.model_fields_set
    with transaction.atomic():
        project = _project(owner, name)
        if project._state.adding and len(projects_of(user)) >= MOST:
            raise TooLargeError(_("You have too many projects. Delete some of them first."))
        if "instructions" in changed:
            project.instructions = to.instructions or ""
        if "documents" in changed:
            project.documents = list(dict.fromkeys(to.documents or ()))
        if "lanes" in changed:
            project.lanes = lanes.merge_lanes(to.lanes, project.lanes or []) if to.lanes else None
        if "tools" in changed:
            project.tools = to.tools
        if "web" in changed:
            project.web = to.web
        _keep(project)
        if "budget" in changed:
            _set_budget(owner, name, to.budget)


def _keep(project: Project) -> None:
    """A project that carries nothing is a folder and no more."""
    nothing = project.lanes is None and project.tools is None and project.web is None
    if nothing and not project.instructions and not project.documents:
        if not project._state.adding:
            project.delete()
    else:
        project.save()


def _set_budget(owner: str, folder: str, to: FolderBudgetIn | None) -> None:
    known = FolderBudget.objects.filter(owner=owner, folder=folder).first()
    if to is None:
        if known is not None:
            known.delete()
        return
    row = known or FolderBudget(owner=owner, folder=folder)
    row.usd, row.period = to.usd, to.period
    row.save()


async def _rename(user: User, name: str, to: str) -> None:
    """Its conversations and what it carries. Raises ConflictError where one of that name carries something,
    and where a conversation stayed behind."""
    await sync_to_async(_rename_rows)(user, name, to)
    outcome = await change_conversations(user, Bulk(all_in=name, change=Change(folder=to)))
    await current_engine().index.wait_until_written()
    if outcome.failed:
        raise ConflictError(next(iter(outcome.failed.values())))


def _rename_rows(user: User, name: str, to: str) -> None:
    owner = user.owner_id
    if to in projects_of(user):
        raise ConflictError(_("There is a project of that name."))
    with transaction.atomic():
        for model in (Project, FolderBudget):
            for row in model.objects.filter(owner=owner, folder=name):
                row.folder = to
                row.save()
    spending.rename_folder(owner, name, to)


async def remove_folder(user: User, name: str) -> None:
    """Its conversations stay, in no folder. Raises NotFoundError."""
    await folder_of(user, name)
    outcome = await change_conversations(user, Bulk(all_in=name, change=Change(folder=None)))
    await current_engine().index.wait_until_written()
    if outcome.failed:
        raise ConflictError(next(iter(outcome.failed.values())))
    await sync_to_async(_remove_rows)(user, name)


def _remove_rows(user: User, name: str) -> None:
    for model in (Project, FolderBudget):
        for row in model.objects.filter(owner=user.owner_id, folder=name):
            row.delete()
