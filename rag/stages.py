"""Each stage by the dotted path that the settings name; docs/documents.md lists them."""

from functools import partial
from typing import Any, Literal

from django.conf import settings
from django.utils.module_loading import import_string

from rag import configuration
from rag.load.blocks import Splitter

CONFIGURED = {"rag.split.split": {"size": "passage_size"}, "rag.context.build": {"most": "passages"}}
"""What our own stages take beside what every other is given, by the field of the configuration."""


def load_stage(name: Literal["RAG_SEARCH", "RAG_CONTEXT"]) -> Any:
    path = getattr(settings, name)
    return partial(import_string(path), **_options(path))


def choose_splitter() -> Splitter:
    """It is imported where files are read: in a process of its own, without Django."""
    return Splitter(settings.RAG_SPLITTER, _options(settings.RAG_SPLITTER))


def _options(path: str) -> dict[str, Any]:
    if path not in CONFIGURED:
        return {}
    current = configuration.current_configuration()
    return {option: getattr(current, field) for option, field in CONFIGURED[path].items()}
