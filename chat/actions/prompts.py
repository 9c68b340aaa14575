"""Prompts that people keep: each has their own, and sees those that others share."""

from typing import Annotated

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from pydantic import StringConstraints

from chat.models import Prompt
from chat.policy.access import User
from chat.protocol.errors import NotFoundError, TooLargeError
from core.schemas import Strict

MOST = 1_000
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")
]
Text = Annotated[str, StringConstraints(min_length=1, max_length=100_000, pattern=r"^[^\x00]*$")]
"""PostgreSQL keeps no NUL."""


class NewPrompt(Strict):
    name: Name
    text: Text
    shared: bool = False
    starter: bool = False


class PromptChange(Strict):
    """A field that is absent stays as it is."""

    name: Name | None = None
    text: Text | None = None
    shared: bool | None = None
    starter: bool | None = None


async def prompts_seen_by(user: User) -> list[Prompt]:
    """Their own, then those of others that are shared, each by name."""
    own = [prompt async for prompt in Prompt.objects.filter(owner=user.owner_id)[:MOST]]
    others = Prompt.objects.filter(Q(shared=True) & ~Q(owner=user.owner_id))[:MOST]
    return [*own, *[prompt async for prompt in others]]


async def add_prompt(user: User, new: NewPrompt) -> Prompt:
    if await Prompt.objects.filter(owner=user.owner_id).acount() >= MOST:
        raise TooLargeError(_("You keep too many prompts. Delete some of them first."))
    return await Prompt.objects.acreate(owner=user.owner_id, **new.model_dump())


async def change_prompt(user: User, number: int, to: PromptChange) -> Prompt:
    prompt = await Prompt.objects.filter(owner=user.owner_id, pk=number).afirst()
    if prompt is None:
        raise no_prompt()
    for name, value in to.model_dump(exclude_none=True).items():
        setattr(prompt, name, value)
    await prompt.asave()
    return prompt


async def delete_prompt(user: User, number: int) -> None:
    gone, _rows = await Prompt.objects.filter(owner=user.owner_id, pk=number).adelete()
    if not gone:
        raise no_prompt()


def no_prompt() -> NotFoundError:
    return NotFoundError(_("There is no such prompt."))
