"""What is there out of the box: services that a key alone makes a server of, and models. Services retire ids,
so each model is an ordered list of candidates: the first that the server's own list has answers, and where a
later one had to stand in, that is said.

Read by the settings, so nothing here needs Django.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from providers.types import ModelInfo


@dataclass(frozen=True, slots=True)
class Service:
    """`name` is its server's. `keys`: the variables that its key is read from; the first is the setting.
    `url` empty: its connector knows where it is."""

    name: str
    label: str
    provider: str
    keys: tuple[str, ...]
    base_url: str
    url: str = ""
    order: int = 30

    @property
    def key(self) -> str:
        return self.keys[0]


def _compatible(name: str, label: str, url: str) -> Service:
    prefix = name.upper()
    return Service(name, label, "openai", (f"{prefix}_API_KEY",), f"{prefix}_BASE_URL", url)


SERVICES = (
    Service(
        "gemini", "Google Gemini", "gemini", ("GEMINI_API_KEY", "GOOGLE_API_KEY"), "GEMINI_BASE_URL", order=10
    ),
    Service(
        "hf", "Hugging Face", "huggingface", ("HF_TOKEN", "HUGGINGFACE_API_KEY"), "HF_BASE_URL", order=20
    ),
    Service("anthropic", "Anthropic", "anthropic", ("ANTHROPIC_API_KEY",), "ANTHROPIC_BASE_URL"),
    _compatible("openai", "OpenAI", "https://api.openai.com/v1"),
    _compatible("openrouter", "OpenRouter", "https://openrouter.ai/api/v1"),
    _compatible("together", "Together", "https://api.together.xyz/v1"),
    _compatible("groq", "Groq", "https://api.groq.com/openai/v1"),
    _compatible("mistral", "Mistral", "https://api.mistral.ai/v1"),
    _compatible("cohere", "Cohere", "https://api.cohere.ai/compatibility/v1"),
)
"""A row here is all that another service of one key needs: settings, servers and the page read it."""


@dataclass(frozen=True, slots=True)
class Preset:
    """`id` is what conversations refer to; it never changes, whatever the candidates become."""

    id: str
    name: str
    candidates: tuple[str, ...]


GEMINI = (
    Preset("gemini-flash", "Gemini Flash", ("gemini-flash-latest", "gemini-3.8-flash", "gemini-3.6-flash")),
    Preset("gemini-3-pro", "Gemini 3 Pro", ("gemini-3.1-pro-preview", "gemini-pro-latest", "gemini-4-argon")),
)
HUGGINGFACE = (
    Preset(
        "mistral-7b-instruct",
        "Mistral 7B Instruct",
        (
            "mistralai/Mistral-7B-Instruct-v0.3",
            "mistralai/Mistral-7B-Instruct-v0.2",
            "mistralai/Ministral-8B-Instruct-2410",
        ),
    ),
)
OLLAMA = (Preset("qwen", "Qwen", ("qwen3:8b", "qwen3", "qwen3:4b", "qwen3:14b", "qwen2.5:7b", "qwen2.5")),)
PRESETS: dict[str, tuple[Preset, ...]] = {"gemini": GEMINI, "huggingface": HUGGINGFACE, "ollama": OLLAMA}


def find(candidate: str, infos: Iterable[ModelInfo]) -> ModelInfo | None:
    """The model of the list that `candidate` names. Ollama's `:latest` may be left out; the case of
    letters decides only where it must."""
    names = {info.id: info for info in infos}
    if info := names.get(candidate) or names.get(f"{candidate}:latest"):
        return info
    folded = {name.casefold(): info for name, info in names.items()}
    return folded.get(candidate.casefold()) or folded.get(f"{candidate}:latest".casefold())


def choose(
    candidates: Sequence[str], infos: Sequence[ModelInfo], *, without: frozenset[str] = frozenset()
) -> ModelInfo | None:
    """The first candidate that the list has, can chat and is not among those seen to fail."""
    for candidate in candidates:
        info = find(candidate, infos)
        if info and info.id not in without and (not info.capabilities or "chat" in info.capabilities):
            return info
    return None
