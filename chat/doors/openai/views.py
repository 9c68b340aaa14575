from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from django.http import HttpResponseBase, JsonResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router

from chat.doors.openai import answers
from chat.doors.openai.embeddings import EmbeddingRequest, vectors_of
from chat.doors.openai.errors import upstream_answer
from chat.doors.openai.requests import ChatCompletion, draft_of, request_of
from chat.doors.openai.schemas import Completion, EmbeddingList, ErrorOut, ListedModel, ModelList
from chat.doors.rest.request import ApiRequest
from chat.doors.sse import sse_response
from chat.policy.running import place_for_answers
from chat.policy.spending import check_budget
from chat.protocol.errors import NotFoundError
from providers import registry
from providers.asking import Account, Question, ask
from providers.catalogue.listing import Viewer
from providers.catalogue.viewers import viewer_for
from providers.costs.budgets import Asker
from providers.errors import ProviderError
from providers.refs import AUTO
from providers.suggestions.auto import ModelChoice
from providers.suggestions.model_choice import choose_models
from providers.types import ChatRequest, StreamEvent

AUTO_NAMES = (AUTO, "auto")
router = Router(tags=["OpenAI-compatible"])
STREAMED = {
    "responses": {200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
}
"""With `stream`: chunks, then `[DONE]`."""


@router.get("/models", response=ModelList)
async def models(request: ApiRequest) -> Any:
    return {"object": "list", "data": await list_model_rows(request)}


@router.get("/models/{path:model}", response={200: ListedModel, 404: ErrorOut})
async def model(request: ApiRequest, model: str) -> Any:
    """Shows one model; `model` is a model ref."""
    found = next((one for one in await list_model_rows(request) if one["id"] == model), None)
    if found is None:
        raise NotFoundError(_("No server or model of that name is configured."))
    return found


async def list_model_rows(request: ApiRequest) -> list[dict[str, Any]]:
    """Without the preset models of a server that does not answer: nobody could ask them."""
    lists = await registry.list_models(viewer=await viewer_for(request.auth.owner_id))
    states = await registry.health()
    gone = {name for name, state in states.items() if not state.available}
    return [
        {"id": f"{server}/{info.id}", "object": "model", "created": 0, "owned_by": server}
        for server, infos in lists.items()
        for info in infos
        if not (server in gone and "candidates" in info.metadata)
    ]


@router.post(
    "/chat/completions",
    response={200: Completion, **dict.fromkeys((402, 404, 502, 503, 504), ErrorOut)},
    openapi_extra=STREAMED,
)
async def chat_completions(request: ApiRequest, asked: ChatCompletion) -> HttpResponseBase:
    """`model` is a model ref, as `/v1/models` lists them; or `auto`: then `model` of the answer is the one
    that was chosen for these messages, and `choice` says why."""
    user = request.auth
    await check_budget(user)

    viewer = await viewer_for(user.owner_id)
    choice = await choose_model(asked, user.owner_id, viewer) if asked.model in AUTO_NAMES else None
    if choice is not None:
        asked = asked.model_copy(update={"model": choice.model})
    streams = [events_within_limits(asked, user.owner_id, viewer) for _choice in range(asked.n)]
    try:
        answer = answers.Completion(asked.model, choice)
        if not asked.stream:
            return JsonResponse(await answers.whole_body(answer, streams))
        # The status goes out with the first byte: wait for a word, or for the refusal instead of it.
        first = await answers.first_word(streams[0])
        body = answers.stream_chunks(answer, first, streams, include_usage=asked.stream_options.include_usage)
        return sse_response(body)
    except ProviderError as error:
        return upstream_answer(error, asked.model)


async def choose_model(asked: ChatCompletion, owner: str, viewer: Viewer) -> ModelChoice:
    """As a lane of Auto does. Raises NotFoundError where there is no model at all."""
    chosen = await choose_models(draft_of(asked), viewer, Asker(owner, "", ""))
    if not chosen:
        raise NotFoundError(_("No server or model of that name is configured."))
    return chosen[0]


async def events_within_limits(
    asked: ChatCompletion, owner: str, viewer: Viewer
) -> AsyncGenerator[StreamEvent]:
    """The events of one choice, counted against the user's limits. Raises ProviderError, RateLimitedError."""

    async def make_request(target: registry.Target) -> ChatRequest:
        made = request_of(asked, target)
        if made.has_pictures and target.info is not None and target.info.is_blind:
            raise ProviderError("no_vision", server=target.server.name, model=target.model)
        return made

    question = Question(asked.model, make_request, viewer, Account(owner, "", "other"))
    async with place_for_answers(owner, 1), aclosing(ask(question).events()) as events:
        async for event in events:
            yield event


@router.post(
    "/embeddings", response={200: EmbeddingList, **dict.fromkeys((400, 402, 404, 502, 503, 504), ErrorOut)}
)
async def embeddings(request: ApiRequest, asked: EmbeddingRequest) -> HttpResponseBase:
    """`model` is a model ref of a model that makes vectors."""
    user = request.auth
    await check_budget(user)
    try:
        return JsonResponse(await vectors_of(asked, user.owner_id))
    except ProviderError as error:
        return upstream_answer(error, asked.model)
