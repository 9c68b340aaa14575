"""`/api/prompts`: what a person keeps to write with again."""

from typing import Annotated, Any

from ninja import Path, Router, Schema, Status

from chat.actions import prompts
from chat.doors.rest.request import ApiRequest
from chat.models import Prompt
from core.accounts import names_beside

router = Router(tags=["prompts"])
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]


class PromptRow(Schema):
    """`owner`: their name. `mine`: whether whoever asks may change it. `starter`: a button on
    their empty page."""

    id: int
    owner: str
    mine: bool
    name: str
    text: str
    shared: bool
    starter: bool


class PromptList(Schema):
    prompts: list[PromptRow]


def prompt_json(prompt: Prompt, owner: str, names: dict[str, str]) -> dict[str, Any]:
    values = {name: getattr(prompt, name) for name in ("name", "text", "shared", "starter")}
    name = names.get(prompt.owner, prompt.owner)
    return {"id": prompt.pk, "owner": name, "mine": prompt.owner == owner, **values}


async def row_with_owner(prompt: Prompt, owner: str) -> dict[str, Any]:
    return prompt_json(prompt, owner, await names_beside([prompt]))


@router.get("", response=PromptList)
async def known_prompts(request: ApiRequest) -> Any:
    """A person's own, and those that others share."""
    found = await prompts.prompts_seen_by(request.auth)
    names = await names_beside(found)
    return {"prompts": [prompt_json(prompt, request.auth.owner_id, names) for prompt in found]}


@router.post("", response={201: PromptRow})
async def keep_prompt(request: ApiRequest, body: prompts.NewPrompt) -> Any:
    return Status(
        201, await row_with_owner(await prompts.add_prompt(request.auth, body), request.auth.owner_id)
    )


@router.patch("/{number}", response=PromptRow)
async def change_prompt(request: ApiRequest, number: Number, body: prompts.PromptChange) -> Any:
    return await row_with_owner(
        await prompts.change_prompt(request.auth, number, body), request.auth.owner_id
    )


@router.delete("/{number}", response={204: None})
async def remove_prompt(request: ApiRequest, number: Number) -> Any:
    await prompts.delete_prompt(request.auth, number)
    return Status(204, None)
