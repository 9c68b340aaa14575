"""`/api/folders`: what a person's folder carries for the conversations in it."""

from typing import Any

from django.urls import register_converter
from ninja import Router, Schema, Status

from chat.actions import folders
from chat.doors.rest.request import ApiRequest
from chat.doors.rest.responses import CHANGES
from chat.engine import current_engine
from conversations.settings import UsedTools
from providers.rest.schemas import ErrorOut


class LabelConverter:
    """As `path`, and over the ends of lines: a label may hold any character."""

    regex = r"[\s\S]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(LabelConverter, "label")
router = Router(tags=["folders"])
CHANGED = {**CHANGES, 413: ErrorOut}


class DocumentName(Schema):
    id: int
    name: str


class FolderBudgetOut(Schema):
    """A folder's budget. `spent`: USD of this period."""

    usd: float
    period: folders.Period
    spent: float


class Spent(Schema):
    """USD of what was asked in it: today and this month (UTC), and in all."""

    day: float
    month: float
    total: float


class FolderOut(Schema):
    """`lanes`, `tools`, `web`: what new conversations begin with; null: as any other. `conversations`: how
    many lie in it. `project`: it carries something."""

    name: str
    conversations: int
    project: bool
    instructions: str
    documents: list[DocumentName]
    lanes: list[dict[str, Any]] | None
    tools: UsedTools | None
    web: bool | None
    budget: FolderBudgetOut | None
    spent: Spent


def folder_json(folder: folders.Folder) -> dict[str, Any]:
    project, budget = folder.project, folder.budget
    return {
        "name": folder.name,
        "conversations": folder.conversations,
        "project": folder.is_project,
        "instructions": project.instructions,
        "documents": folder.documents,
        "lanes": project.lanes,
        "tools": project.tools,
        "web": project.web,
        "budget": budget
        and {"usd": budget.usd, "period": budget.period, "spent": folder.spent[budget.period]},
        "spent": folder.spent,
    }


async def wait_until_indexed() -> None:
    await current_engine().file_watch.wait_for_first_look()
    await current_engine().index.wait_until_written()


@router.get("/{label:name}", response=FolderOut)
async def folder(request: ApiRequest, name: str) -> Any:
    await wait_until_indexed()
    return folder_json(await folders.folder_of(request.auth, name))


@router.patch("/{label:name}", response={200: FolderOut, **CHANGED})
async def change_folder(request: ApiRequest, name: str, body: folders.FolderChange) -> Any:
    """What is named becomes so; `name` renames it, with all that is in it. A folder that is not there yet
    comes to be as soon as it carries something."""
    await wait_until_indexed()
    return folder_json(await folders.change_folder(request.auth, name, body))


@router.delete("/{label:name}", response={204: None, **CHANGES})
async def remove_folder(request: ApiRequest, name: str) -> Any:
    """What it carries is gone; its conversations stay, in no folder."""
    await wait_until_indexed()
    await folders.remove_folder(request.auth, name)
    return Status(204, None)
