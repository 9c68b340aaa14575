"""`/api/models/personas`: a person's own and the shared ones."""

from typing import Annotated, Any

from channels.db import database_sync_to_async
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from providers.models import Persona
from providers.people import PICTURE_CHARS
from providers.rest.common import person
from providers.rest.schemas import ErrorOut, Ref, refusal, reply

MOST = 500
FIELDS = ("name", "description", "picture", "model", "system_prompt", "params", "shared")
SystemPrompt = Annotated[str | None, Field(max_length=100_000)]


class PersonaIn(Schema):
    """Absent: as it is, or empty on a new one. `system`, as a lane's is called, is another word for
    `system_prompt`."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str | None, Field(max_length=1000)] = None
    description: Annotated[str | None, Field(max_length=500)] = None
    picture: Annotated[str | None, Field(max_length=PICTURE_CHARS)] = None
    model: Ref | None = None
    system_prompt: SystemPrompt = None
    system: SystemPrompt = None
    params: dict[Ref, Any] | None = None
    shared: bool | None = None


class PersonaOut(Schema):
    """`mine`: whether whoever asks may change it."""

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


def persona_json(persona: Persona, username: str) -> dict[str, Any]:
    values = {name: getattr(persona, name) for name in FIELDS}
    return {"id": persona.id, "owner": persona.owner, "mine": persona.owner == username, **values}


def not_there() -> HttpResponse:
    return refusal("not_found", _("There is no such persona."), 404)


def kept(persona: Persona, given: PersonaIn) -> str | None:
    """Saves what was given; a sentence where that cannot be."""
    if None not in (given.system, given.system_prompt) and given.system != given.system_prompt:
        return _("“system” and “system_prompt” are the same field. Give one of them.")
    values = given.dict(exclude_none=True)
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


def find(persona: str, username: str) -> Persona | None:
    return Persona.objects.filter(Q(owner=username) | Q(shared=True), pk=plain(persona)).first()


def mine(persona: str, username: str) -> Persona | None:
    return Persona.objects.filter(owner=username, pk=plain(persona)).first()


def plain(persona: str) -> str:
    """An id is ASCII; PostgreSQL refuses to look for some texts that are not."""
    return persona if persona.isalnum() and persona.isascii() else ""


async def personas(request: HttpRequest) -> HttpResponse:
    username = person(request).get_username()
    wanted = Persona.objects.filter(Q(owner=username) | Q(shared=True))[:MOST]
    return reply({"personas": [persona_json(one, username) async for one in wanted]})


async def add_persona(request: HttpRequest, body: PersonaIn) -> HttpResponse:
    username = person(request).get_username()
    persona = Persona(owner=username)
    wrong = await database_sync_to_async(kept)(persona, body)
    return refusal("invalid", wrong, 400) if wrong else reply(persona_json(persona, username), 201)


async def one_persona(request: HttpRequest, persona: str) -> HttpResponse:
    username = person(request).get_username()
    found = await database_sync_to_async(find)(persona, username)
    return reply(persona_json(found, username)) if found else not_there()


async def change_persona(request: HttpRequest, persona: str, body: PersonaIn) -> HttpResponse:
    username = person(request).get_username()
    found = await database_sync_to_async(mine)(persona, username)
    if found is None:
        return not_there()
    wrong = await database_sync_to_async(kept)(found, body)
    return refusal("invalid", wrong, 400) if wrong else reply(persona_json(found, username))


async def remove_persona(request: HttpRequest, persona: str) -> HttpResponse:
    gone, _each = await Persona.objects.filter(
        owner=person(request).get_username(), pk=plain(persona)
    ).adelete()
    return HttpResponse(status=204) if gone else not_there()


def add_to(router: Router) -> None:
    router.get("/personas", response=PersonasOut)(personas)
    router.post("/personas", response={201: PersonaOut, 400: ErrorOut})(add_persona)
    router.get("/personas/{persona}", response={200: PersonaOut, 404: ErrorOut})(one_persona)
    router.patch("/personas/{persona}", response={200: PersonaOut, 400: ErrorOut, 404: ErrorOut})(
        change_persona
    )
    router.delete("/personas/{persona}", response={204: None, 404: ErrorOut})(remove_persona)
