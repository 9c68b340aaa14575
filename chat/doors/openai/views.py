from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from django.http import HttpResponseBase, JsonResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router

from chat.doors.openai import answers
from chat.doors.openai.embeddings import EmbeddingRequest, vectors_of
from chat.doors.openai.errors import upstream_answer
from chat.doors.openai.requests import ChatCompletion, request_of
from chat.doors.openai.schemas import Completion, EmbeddingList, ErrorOut, ListedModel, ModelList
from chat.doors.rest.request import ApiRequest
from chat.doors.sse import sse_response
from chat.policy.spending import check_budget
from chat.protocol.errors import NotFoundError
from providers import registry
from providers.catalogue.viewers import viewer_for
from providers.costs import budgets
from providers.costs.prices import cost_of, cost_of_part
from providers.errors import ProviderError
from providers.limits import acquire
from providers.streaming import stream_chat
from providers.types import ChatRequest, Done, Notice, ReasoningDelta, StreamEvent, TextDelta, Usage

router = Router(tags=["OpenAI-compatible"])
STREAMED = {
    "responses": {200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
}
"""With `stream`: chunks, then `[DONE]`."""


@router.get("/models", response=ModelList)
async def models(request: ApiRequest) -> Any:
    return {"object": "list", "data": await listed(request)}


@router.get("/models/{path:model}", response={200: ListedModel, 404: ErrorOut})
async def model(request: ApiRequest, model: str) -> Any:
    """`model` is a model ref."""
    found = next((one for one in await listed(request) if one["id"] == model), None)
    if found is None:
        raise NotFoundError(_("No server or model of that name is configured."))
    return found


async def listed(request: ApiRequest) -> list[dict[str, Any]]:
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
    """`model` is a model ref, as `/v1/models` lists them."""
    user = request.auth
    await check_budget(user)
    try:
        target = await registry.resolve(asked.model, viewer=await viewer_for(user.owner_id))
        upstream = request_of(asked, target)
        if upstream.has_pictures and target.info is not None and target.info.is_blind:
            raise ProviderError("no_vision", server=target.server.name, model=target.model)
        streams = [counted(target, upstream, user.owner_id) for _choice in range(asked.n)]
        answer = answers.Completion(asked.model)
        if not asked.stream:
            return JsonResponse(await answers.whole(answer, streams))
        # The status goes out with the first byte: wait for the first event, which may be a refusal.
        first = await anext(streams[0])
        body = answers.chunks(answer, first, streams, include_usage=asked.stream_options.include_usage)
        return sse_response(body)
    except ProviderError as error:
        return upstream_answer(error, asked.model)


@router.post(
    "/embeddings", response={200: EmbeddingList, **dict.fromkeys((400, 402, 404, 502, 503, 504), ErrorOut)}
)
async def embeddings(request: ApiRequest, asked: EmbeddingRequest) -> HttpResponseBase:
    """`model` is a model ref of a model that makes vectors."""
    user = request.auth
    await check_budget(user)
    try:
        target = await registry.resolve(asked.model, viewer=await viewer_for(user.owner_id))
        return JsonResponse(await vectors_of(asked, target, user.owner_id))
    except ProviderError as error:
        return upstream_answer(error, asked.model)


async def counted(target: registry.Target, request: ChatRequest, owner: str) -> AsyncGenerator[StreamEvent]:
    """The stream, once the server has a place for it. Its cost is counted however it ends. Notices have no
    place in OpenAI's form."""
    usage, complete, said = Usage(), False, list[str]()
    async with acquire(target, lambda position: None):
        try:
            async with aclosing(stream_chat(target.connector, request)) as events:
                async for event in events:
                    if isinstance(event, Done):
                        usage, complete = event.usage, True
                        registry.report(target)
                    if isinstance(event, TextDelta | ReasoningDelta):
                        said.append(event.text)
                    if isinstance(event, Usage):
                        usage = event
                    elif not isinstance(event, Notice):
                        yield event
        except ProviderError as error:
            registry.report(target, error)
            raise
        finally:
            cost = cost_of(target.server, target.model, usage, info=target.info)
            if cost.reason == "no_usage" and said and not complete:
                cost = cost_of_part(target.server, target.model, request, "".join(said), info=target.info)
            budgets.record(owner, "", target.ref, "other", usage, cost, failed=not complete)
