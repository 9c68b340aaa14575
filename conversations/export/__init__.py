"""A conversation as a document for people, programs or training. `export_document` is the way in."""

from .document import FORMATS, Document, FormatName, export_document
from .outline import Scope

__all__ = ["FORMATS", "Document", "FormatName", "Scope", "export_document"]
