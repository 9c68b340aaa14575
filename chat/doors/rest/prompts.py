"""`/api/prompts`: what a person keeps to write with again."""

from typing import Annotated, Any

from ninja import Path, Router, Schema, Status

from chat.actions import prompts
from chat.doors.rest.request import ApiRequest
from chat.models import Prompt

router = Router(tags=["prompts"])
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]


class PromptRow(Schema):
    """`mine`: whether whoever asks may change it. `starter`: a button on its owner's empty page."""

    id: int
    owner: str
    mine: bool
    name: str
    text: str
    shared: bool
    starter: bool


class PromptList(Schema):
    prompts: list[PromptRow]


def row(prompt: Prompt, username: str) -> dict[str, Any]:
    values = {name: getattr(prompt, name) for name in ("owner", "name", "text", "shared", "starter")}
    return {"id": prompt.pk, "mine": prompt.owner == username, **values}


@router.get("", response=PromptList)
async def known_prompts(request: ApiRequest) -> Any:
    """A person's own, and those that others share."""
    found = await prompts.known_to(request.auth)
    return {"prompts": [row(prompt, request.auth.username) for prompt in found]}


@router.post("", response={201: PromptRow})
async def keep_prompt(request: ApiRequest, body: prompts.NewPrompt) -> Any:
    return Status(201, row(await prompts.keep(request.auth, body), request.auth.username))


@router.patch("/{number}", response=PromptRow)
async def change_prompt(request: ApiRequest, number: Number, body: prompts.PromptChange) -> Any:
    return row(await prompts.change(request.auth, number, body), request.auth.username)


@router.delete("/{number}", response={204: None})
async def remove_prompt(request: ApiRequest, number: Number) -> Any:
    await prompts.remove(request.auth, number)
    return Status(204, None)
