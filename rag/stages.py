"""Each stage by the dotted path that the settings name; docs/documents.md lists them."""

from functools import partial
from typing import Any, Literal

from django.conf import settings
from django.utils.module_loading import import_string

from rag import configuration

CONFIGURED = {"rag.split.split": {"size": "passage_size"}, "rag.context.build": {"most": "passages"}}
"""What our own stages take beside what every other is given, by the field of the configuration."""


def load_stage(name: Literal["RAG_SPLITTER", "RAG_SEARCH", "RAG_CONTEXT"]) -> Any:
    path = getattr(settings, name)
    if path not in CONFIGURED:
        return import_string(path)
    current = configuration.current()
    given = {option: getattr(current, field) for option, field in CONFIGURED[path].items()}
    return partial(import_string(path), **given)
