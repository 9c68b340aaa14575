"""Each stage by the dotted path that the settings name; docs/documents.md lists them."""

from typing import Any, Literal

from django.conf import settings
from django.utils.module_loading import import_string


def stage(name: Literal["RAG_SPLITTER", "RAG_SEARCH", "RAG_CONTEXT"]) -> Any:
    return import_string(getattr(settings, name))
