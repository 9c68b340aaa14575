"""Refusals as services word them, with what each teaches: `temperature refused`, `max_tokens 4096` (the
most), `window 4096`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from providers.types import ChatRequest, Message, Params, Text, ToolDefinition

EVERYTHING = ChatRequest(
    "m",
    [Message("user", (Text("Hi"),))],
    system="Be brief.",
    params=Params(temperature=0.7, top_p=0.9, top_k=40, seed=1, thinking="high", json=True),
    tools=[ToolDefinition("f", "", {})],
    stop=("END",),
)
PLAIN = ChatRequest("m", [Message("user", (Text("Hi"),))])


@dataclass(frozen=True)
class Refused:
    body: Any
    teaches: frozenset[str]
    status: int = 400
    sent: ChatRequest = EVERYTHING


def said(text: str, *teaches: str, **more: Any) -> Refused:
    """In OpenAI's form, by its sentence alone."""
    return Refused({"error": {"message": text, "type": "invalid_request_error"}}, frozenset(teaches), **more)


def told(
    body: Mapping[str, Any], *teaches: str, status: int = 400, sent: ChatRequest = EVERYTHING
) -> Refused:
    return Refused(body, frozenset(teaches), status, sent)


def violated(*places: list[Any], message: str = "Extra inputs are not permitted") -> dict[str, Any]:
    return {"detail": [{"type": "extra_forbidden", "loc": place, "msg": message} for place in places]}


def param(name: str, message: str, code: str = "unsupported_parameter") -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": name, "code": code}}


NO_LIMIT = ("max_tokens refused", "max_completion_tokens refused")
ROLES = ("system refused", "alternation refused")

LIMIT_NAMES = [
    said(
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
        "'max_completion_tokens' instead.",
        "max_tokens refused",
    ),
    told(
        param(
            "max_tokens",
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead.",
        ),
        "max_tokens refused",
    ),
    said(
        "litellm.BadRequestError: AzureException BadRequestError - Unsupported parameter: "
        "'max_tokens' is not "
        "supported with this model. Use 'max_completion_tokens' instead.",
        "max_tokens refused",
    ),
    said("`max_tokens` is not supported with this model. Use `max_completion_tokens`", "max_tokens refused"),
    said("max_tokens is deprecated, please use max_completion_tokens", "max_tokens refused"),
    said("Unrecognized request argument supplied: max_completion_tokens", "max_completion_tokens refused"),
    said("Unknown field: max_completion_tokens. Did you mean max_tokens?", "max_completion_tokens refused"),
    told(violated(["body", "max_completion_tokens"]), "max_completion_tokens refused", status=422),
]

LONGEST_ANSWERS = [
    said(
        "max_tokens is too large: 8192. This model supports at most 4096 completion tokens, whereas "
        "you provided 8192.",
        "max_tokens 4096",
    ),
    said(
        "max_tokens: 100000 > 8192, which is the maximum allowed number of output tokens for "
        "claude-3-5-sonnet",
        "max_tokens 8192",
    ),
    said("Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", "max_tokens 8192"),
    said(
        "`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` is "
        "less than the "
        "`context_window` for this model",
        "max_tokens 8192",
    ),
    said(
        "Unable to submit request because it has a maxOutputTokens value of 32768 but the supported "
        "range is from 1 "
        "(inclusive) to 8193 (exclusive). Update the value and try again.",
        "max_tokens 8192",
    ),
    said("max_tokens must be less than or equal to 4096, received 8192", "max_tokens 4096"),
    said("too many tokens: max tokens must be less than or equal to 4096, received 8192", "max_tokens 4096"),
    said(
        "<400> InternalError.Algo.InvalidParameter: Range of max_tokens should be [1, 2000]",
        "max_tokens 2000",
    ),
    said(
        "The maximum tokens you requested exceeds the model limit of 4096. Try again with a maximum "
        "tokens value that "
        "is lower than 4096.",
        "max_tokens 4096",
    ),
    said("max_tokens (8192) exceeds the maximum of 4096", "max_tokens 4096"),
    said("max_new_tokens must be <= 1512. Given: 8192", "max_tokens 1512"),
    said("'max_tokens' cannot be greater than 2048", "max_tokens 2048"),
    said("max_output_tokens must be between 16 and 4,096", "max_tokens 4096"),
    said("max_completion_tokens: maximum is 16384", "max_tokens 16384"),
    told(
        {
            "detail": [
                {
                    "type": "less_than_equal",
                    "loc": ["body", "max_tokens"],
                    "msg": "Input should be less than or equal to 4096",
                    "input": 8192,
                    "ctx": {"le": 4096},
                }
            ]
        },
        "max_tokens 4096",
        status=422,
    ),
    said("The output tokens that were requested are too many for this model.", *NO_LIMIT),
    said("Invalid value for max tokens", *NO_LIMIT),
]

WINDOWS = [
    told(
        {
            "error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. "
            "Given: 20 `inputs` "
            "tokens and 8192 `max_new_tokens`",
            "error_type": "validation",
        },
        "window 4096",
        status=422,
    ),
    said(
        "'max_tokens' or 'max_completion_tokens' is too large: 8192. This model's maximum context "
        "length is 4096 "
        "tokens and your request has 18 input tokens (8192 > 4096 - 18).",
        "window 4096",
    ),
    said(
        "This model's maximum context length is 4096 tokens. However, you requested 8200 tokens (8 "
        "in the messages, "
        "8192 in the completion). Please reduce the length of the messages or completion.",
        "window 4096",
    ),
    said(
        "Requested token count exceeds the model's maximum context length of 4096 tokens. You "
        "requested a total of "
        "8210 tokens: 18 tokens from the input messages and 8192 tokens for the completion.",
        "window 4096",
    ),
    said(
        "input length and `max_tokens` exceed context limit: 17 + 8192 > 4096, decrease input length "
        "or `max_tokens` "
        "and try again",
        "window 4096",
    ),
    told(
        {
            "error": {
                "code": 400,
                "message": "the request exceeds the available context size, try increasing it",
                "type": "exceed_context_size_error",
                "n_prompt_tokens": 5000,
                "n_ctx": 4096,
            }
        },
        "window 4096",
    ),
]

FIELDS = [
    said(
        "Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) "
        "value is supported.",
        "temperature refused",
    ),
    told(
        param(
            "temperature",
            "Unsupported value: 'temperature' does not support 0.7 with this model. "
            "Only the default (1) value is supported.",
            "unsupported_value",
        ),
        "temperature refused",
    ),
    said("`temperature` is deprecated for this model.", "temperature refused"),
    said("temperature: Input should be less than or equal to 0.5", "temperature 0.5"),
    said("temperature must be in [0, 0.5]", "temperature 0.5"),
    said(
        "litellm.UnsupportedParamsError: openai does not support parameters: ['temperature', "
        "'seed'], for model=o1",
        "temperature refused",
        "seed refused",
    ),
    said(
        "The `temperature` and `top_p` cannot both be specified for this model. Please use only one.",
        "top_p refused",
    ),
    said("Argument not supported on this model: stop", "stop refused"),
    said("Model grok-9 does not support parameter reasoningEffort.", "thinking refused"),
    said("property 'seed' is unsupported", "seed refused"),
    said("Unrecognized request argument supplied: top_k", "top_k refused"),
    said("Additional properties are not allowed ('top_k' was unexpected)", "top_k refused"),
    said("Completions.create() got an unexpected keyword argument 'top_k'", "top_k refused"),
    said("Unknown parameters: 'seed', 'top_k'", "seed refused", "top_k refused"),
    said(
        "Unsupported parameter: 'seed'. Supported parameters are: temperature, top_p, max_tokens.",
        "seed refused",
    ),
    said("stream_options is not supported", "stream_options refused"),
    said(
        "[{'type': 'extra_forbidden', 'loc': ('body', 'stream_options'), 'msg': 'Extra inputs are "
        "not permitted', "
        "'input': {'include_usage': True}}]",
        "stream_options refused",
    ),
    told(
        violated(["body", "stream_options"], ["body", "seed"]),
        "stream_options refused",
        "seed refused",
        status=422,
    ),
    told(
        {
            "object": "error",
            "message": violated(["body", "chat_template_kwargs"]),
            "type": "invalid_request_error",
        },
        "thinking refused",
        status=422,
    ),
    said("Unknown parameter: 'stream_options.include_usage'.", "stream_options refused"),
    told(
        {
            "error": {
                "code": 400,
                "status": "INVALID_ARGUMENT",
                "message": 'Invalid JSON payload received. Unknown name "seed" at '
                "'generation_config': Cannot find field.",
                "details": [
                    {
                        "@type": "type.googleapis.com/google.rpc.BadRequest",
                        "fieldViolations": [
                            {
                                "field": "generation_config",
                                "description": 'Invalid JSON payload received. Unknown name "seed" at '
                                "'generation_config': Cannot find field.",
                            }
                        ],
                    }
                ],
            }
        },
        "seed refused",
    ),
    said("'response_format' of type 'json_object' is not supported with this model.", "json refused"),
    said(
        "Invalid parameter: 'response_format' of type 'json_object' is not supported with this model.",
        "json refused",
    ),
    said("JSON mode is not enabled for models/gemma-3-27b-it", "json refused"),
    said("This field is not supported: `reasoning_effort`", "thinking refused"),
    said("reasoning_effort is not supported by this model", "thinking refused"),
    said("Unrecognized request argument supplied: reasoning_effort", "thinking refused"),
    said('"gemma3:4b" does not support thinking', "thinking refused"),
    said("Thinking is not enabled for models/gemini-2.0-flash", "thinking refused"),
    told(
        param(
            "reasoning_effort",
            "Unsupported value: 'reasoning_effort' does not support 'high' with this model. "
            "Supported values are: "
            "'low' and 'medium'.",
            "unsupported_value",
        ),
        "thinking=high refused",
    ),
    said('think value "high" is not supported for this model', "thinking=high refused"),
    said("Budget 24576 is invalid. This model only works in thinking mode.", "thinking=high refused"),
    said("Reasoning is mandatory for this endpoint and cannot be disabled.", "thinking=high refused"),
]

ABILITIES = [
    said("System role not supported", "system refused"),
    told(
        {"error": {"code": 500, "message": "System role not supported", "type": "server_error"}},
        "system refused",
        status=500,
    ),
    said("Developer instruction is not enabled for models/gemma-3-27b-it", "system refused"),
    told(
        param(
            "messages[0].role",
            "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
            "unsupported_value",
        ),
        "system refused",
    ),
    said("System messages are not supported by this model.", "system refused"),
    said("This model does not support system prompts", "system refused"),
    said("Only user and assistant roles are supported!", "system refused"),
    said("invalid role: system", "system refused"),
    told(
        {
            "detail": [
                {
                    "loc": ["body", "messages", 0, "role"],
                    "msg": "Input should be 'user' or 'assistant'",
                    "type": "literal_error",
                }
            ]
        },
        "system refused",
        status=422,
    ),
    said("Conversation roles must alternate user/assistant/user/assistant/...", *ROLES),
    said(
        "After the optional system message, conversation roles must alternate "
        "user/assistant/user/assistant/...",
        *ROLES,
    ),
    said("First message must be from the user", "alternation refused"),
    said("registry.ollama.ai/library/gemma:2b does not support tools", "tools refused"),
    said("This model doesn't support tool use.", "tools refused"),
    told(
        {"error": {"message": "No endpoints found that support tool use. To learn more", "code": 404}},
        "tools refused",
        status=404,
    ),
    said(
        '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
        "tools refused",
    ),
    said("Function calling is not enabled for models/gemma-3-27b-it", "tools refused"),
    said("`tools` is not supported in this model", "tools refused"),
    said(
        "Unsupported value: 'stream' does not support true with this model. Only the default (false) "
        "value is supported.",
        "stream refused",
    ),
    said("Streaming is not supported for this model", "stream refused"),
    said("This model does not support streaming.", "stream refused"),
    told(
        param("stream", "Your organization must be verified to stream this model.", "unsupported_value"),
        "stream refused",
    ),
]

NOTHING = [
    said("The model `m` does not exist or you do not have access to it."),
    said("Incorrect API key provided"),
    said("Invalid image: could not be decoded"),
    said("Something went wrong"),
    said("'temperature' does not support 0.7 with this model.", sent=PLAIN),
    said("This model does not support tools", sent=PLAIN),
    said("System role not supported", sent=PLAIN),
    said("messages: at least one message is required"),
    said("The model reasoned for too long"),
    told({"error": {"message": "boom", "param": "messages", "code": "invalid"}}),
]

ALL = [*LIMIT_NAMES, *LONGEST_ANSWERS, *WINDOWS, *FIELDS, *ABILITIES, *NOTHING]
