from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from django.http import HttpResponseBase, JsonResponse
from ninja import Router

from chat.openai import answers
from chat.openai.requests import ChatCompletion, request_of
from chat.rest.request import ApiRequest
from chat.sse import sse_response
from providers import registry
from providers.errors import ProviderError
from providers.limits import acquire
from providers.streaming import stream_chat
from providers.types import ChatRequest, Notice, StreamEvent
from providers.viewers import viewer_for

router = Router(tags=["OpenAI-compatible"])

STATUS = {
    "auth": 502,
    "quota": 402,
    "rate_limited": 429,
    "model_not_found": 404,
    "context_length": 400,
    "content_blocked": 400,
    "invalid": 400,
    "overloaded": 503,
    "unreachable": 502,
    "timeout": 504,
}


@router.get("/models", response=dict[str, Any])
async def models(request: ApiRequest) -> Any:
    lists = await registry.list_models(viewer=await viewer_for(request.auth.username))
    return {
        "object": "list",
        "data": [
            {"id": f"{server}/{info.id}", "object": "model", "created": 0, "owned_by": server}
            for server, infos in lists.items()
            for info in infos
        ],
    }


@router.post("/chat/completions", response=dict[str, Any])
async def chat_completions(request: ApiRequest, asked: ChatCompletion) -> HttpResponseBase:
    """`model` is a model ref, as `/v1/models` lists them."""
    try:
        viewer = await viewer_for(request.auth.username)
        target = await registry.resolve(asked.model, viewer=viewer)
        events = placed(target, request_of(asked, target.model, target.defaults))
        answer = answers.Answer(asked.model)
        if not asked.stream:
            return JsonResponse(await answers.whole(answer, events))
        # The status goes out with the first byte: wait for the first event, which may be a refusal.
        first = await anext(events)
        body = answers.chunks(answer, first, events, include_usage=asked.stream_options.include_usage)
        return sse_response(body)
    except ProviderError as error:
        refused = {"error": answers.error_body(error, asked.model)}
        return JsonResponse(refused, status=STATUS.get(error.code, 502))


async def placed(target: registry.Target, request: ChatRequest) -> AsyncGenerator[StreamEvent]:
    """The stream, once the server has a place for it. Notices have no place in OpenAI's form."""
    async with (
        acquire(target, lambda position: None),
        aclosing(stream_chat(target.connector, request)) as events,
    ):
        async for event in events:
            if not isinstance(event, Notice):
                yield event
