"""A conversation as a document for people, programs or training. `export` is the way in."""

from .document import FORMATS, Document, FormatName, export
from .outline import Scope

__all__ = ["FORMATS", "Document", "FormatName", "Scope", "export"]
