"""A conversation as a document for people, programs or training. `export_document` is the way in,
and in the server `export_apart` (apart.py), which does it in a process that may be killed."""

from .document import FORMATS, Document, Exported, FormatName, export_document, export_stored
from .outline import Scope

__all__ = ["FORMATS", "Document", "Exported", "FormatName", "Scope", "export_document", "export_stored"]
