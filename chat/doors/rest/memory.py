"""`/api/memory`: what a person tells every model about themselves."""

from typing import Annotated, Any

from ninja import Path, Router, Schema, Status

from chat.doors.rest.request import ApiRequest
from chat.models import Remembered
from chat.policy.access import User
from chat.prompting import memory
from chat.prompting.memory_cache import MemoryTexts
from providers.tokens import estimate_tokens

router = Router(tags=["memory"])
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]


class RememberedRow(Schema):
    id: int
    text: str
    on: bool


class MemoryState(Schema):
    """`left_out`: how many of the oldest lines are too many to be sent. `sent`: what stands in each lane's
    system prompt, to the letter (a small window holds less of it); empty where nothing is sent. `tokens`:
    an estimate of it."""

    about: str
    style: str
    remembered: list[RememberedRow]
    left_out: int
    sent: str
    tokens: int


def line_json(line: Remembered) -> dict[str, Any]:
    return {"id": line.pk, "text": line.text, "on": line.on}


async def memory_json(user: User) -> dict[str, Any]:
    texts = await memory.find_texts(user.owner_id)
    lines = await memory.list_lines(user.owner_id)
    told = MemoryTexts(texts.about, texts.style, tuple(line.text for line in lines if line.on))
    fitting = memory.shorten_memory(told)
    sent = memory.format_memory(fitting)
    return {
        "about": texts.about,
        "style": texts.style,
        "remembered": [line_json(line) for line in lines],
        "left_out": len(told.remembered) - len(fitting.remembered),
        "sent": sent,
        "tokens": estimate_tokens(sent),
    }


@router.get("", response=MemoryState)
async def own_memory(request: ApiRequest) -> Any:
    return await memory_json(request.auth)


@router.put("", response=MemoryState)
async def write_memory(request: ApiRequest, body: memory.Texts) -> Any:
    await memory.write_texts(request.auth, body)
    return await memory_json(request.auth)


@router.delete("", response={204: None})
async def forget_everything(request: ApiRequest) -> Any:
    await memory.delete_memory(request.auth)
    return Status(204, None)


@router.post("/remembered", response={201: RememberedRow})
async def remember(request: ApiRequest, body: memory.NewLine) -> Any:
    return Status(201, line_json(await memory.remember_line(request.auth, body)))


@router.patch("/remembered/{line}", response=RememberedRow)
async def change_remembered(request: ApiRequest, line: Number, body: memory.LineChange) -> Any:
    return line_json(await memory.change_line(request.auth, line, body))


@router.delete("/remembered/{line}", response={204: None})
async def forget_remembered(request: ApiRequest, line: Number) -> Any:
    await memory.remove_line(request.auth, line)
    return Status(204, None)
