"""Each stage by the dotted path that the settings name; docs/documents.md lists them."""

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

DEFAULTS = {
    "RAG_SPLITTER": "rag.split.split",
    "RAG_SEARCH": "rag.search.search",
    "RAG_CONTEXT": "rag.context.build",
}


def stage(name: str) -> Any:
    return import_string(getattr(settings, name, "") or DEFAULTS[name])
