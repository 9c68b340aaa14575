"""`/api/models/personas`: a person's own and the shared ones."""

from typing import Annotated, Any

from channels.db import database_sync_to_async
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import Field

from core.accounts import names_beside, owner_id
from core.schemas import Strict
from providers.models import Persona
from providers.models.people import PICTURE_CHARS
from providers.rest.common import authenticated_user
from providers.rest.schemas import ErrorOut, Ref, refusal, reply

MOST = 500
FIELDS = ("name", "description", "picture", "model", "system_prompt", "params", "shared")
SystemPrompt = Annotated[str | None, Field(max_length=100_000)]


class PersonaIn(Strict):
    """Absent: as it is, or empty on a new one. `system`, as a lane's is called, is another word for
    `system_prompt`."""

    name: Annotated[str | None, Field(max_length=1000)] = None
    description: Annotated[str | None, Field(max_length=500)] = None
    picture: Annotated[str | None, Field(max_length=PICTURE_CHARS)] = None
    model: Ref | None = None
    system_prompt: SystemPrompt = None
    system: SystemPrompt = None
    params: dict[Ref, Any] | None = None
    shared: bool | None = None


class PersonaOut(Schema):
    """`owner`: their name. `mine`: whether whoever asks may change it."""

    id: str
    owner: str
    mine: bool
    name: str
    description: str
    picture: str
    model: str
    system_prompt: str
    params: dict[str, Any]
    shared: bool


class PersonasOut(Schema):
    personas: list[PersonaOut]


def persona_json(persona: Persona, owner: str, names: dict[str, str]) -> dict[str, Any]:
    values = {name: getattr(persona, name) for name in FIELDS}
    name = names.get(persona.owner, persona.owner)
    return {"id": persona.id, "owner": name, "mine": persona.owner == owner, **values}


async def present_persona(persona: Persona, owner: str) -> dict[str, Any]:
    return persona_json(persona, owner, await names_beside([persona]))


def no_persona_response() -> HttpResponse:
    return refusal("not_found", _("There is no such persona."), 404)


def save_persona(persona: Persona, given: PersonaIn) -> str | None:
    """Saves what was given; a sentence where that cannot be."""
    if None not in (given.system, given.system_prompt) and given.system != given.system_prompt:
        return _("“system” and “system_prompt” are the same field. Give one of them.")
    values = given.model_dump(exclude_none=True)
    if (system := values.pop("system", None)) is not None:
        values["system_prompt"] = system
    for name, value in values.items():
        setattr(persona, name, value)
    try:
        persona.full_clean()
    except ValidationError as error:
        return " ".join(f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())
    persona.save()
    return None


def find_persona(persona: str, owner: str) -> Persona | None:
    return Persona.objects.filter(Q(owner=owner) | Q(shared=True), pk=ascii_id(persona)).first()


def find_own_persona(persona: str, owner: str) -> Persona | None:
    return Persona.objects.filter(owner=owner, pk=ascii_id(persona)).first()


def ascii_id(persona: str) -> str:
    """An id is ASCII; PostgreSQL refuses to look for some texts that are not."""
    return persona if persona.isalnum() and persona.isascii() else ""


async def personas(request: HttpRequest) -> HttpResponse:
    owner = owner_id(authenticated_user(request))
    found = [one async for one in Persona.objects.filter(Q(owner=owner) | Q(shared=True))[:MOST]]
    names = await names_beside(found)
    return reply({"personas": [persona_json(one, owner, names) for one in found]})


async def add_persona(request: HttpRequest, body: PersonaIn) -> HttpResponse:
    owner = owner_id(authenticated_user(request))
    persona = Persona(owner=owner)
    wrong = await database_sync_to_async(save_persona)(persona, body)
    return refusal("invalid", wrong, 400) if wrong else reply(await present_persona(persona, owner), 201)


async def one_persona(request: HttpRequest, persona: str) -> HttpResponse:
    owner = owner_id(authenticated_user(request))
    found = await database_sync_to_async(find_persona)(persona, owner)
    return reply(await present_persona(found, owner)) if found else no_persona_response()


async def change_persona(request: HttpRequest, persona: str, body: PersonaIn) -> HttpResponse:
    owner = owner_id(authenticated_user(request))
    found = await database_sync_to_async(find_own_persona)(persona, owner)
    if found is None:
        return no_persona_response()
    wrong = await database_sync_to_async(save_persona)(found, body)
    return refusal("invalid", wrong, 400) if wrong else reply(await present_persona(found, owner))


async def remove_persona(request: HttpRequest, persona: str) -> HttpResponse:
    gone, _each = await Persona.objects.filter(
        owner=owner_id(authenticated_user(request)), pk=ascii_id(persona)
    ).adelete()
    return HttpResponse(status=204) if gone else no_persona_response()


def add_to(router: Router) -> None:
    router.get("/personas", response=PersonasOut)(personas)
    router.post("/personas", response={201: PersonaOut, 400: ErrorOut})(add_persona)
    router.get("/personas/{persona}", response={200: PersonaOut, 404: ErrorOut})(one_persona)
    router.patch("/personas/{persona}", response={200: PersonaOut, 400: ErrorOut, 404: ErrorOut})(
        change_persona
    )
    router.delete("/personas/{persona}", response={204: None, 404: ErrorOut})(remove_persona)
