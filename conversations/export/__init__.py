"""A conversation as a document for people, programs or training. `export_document` is the way in, and in the
server `export_in_child`, which does it in a process that may be killed.

archive.py        many documents as one zip, made while it is sent
calls.py          calls of tools as a person reads them
child_process.py  documents made in processes of their own, with an end to memory and time
document.py       one interface over all formats
formulas.py       formulas in Markdown, found and written for each format
html.py           one HTML page that needs nothing else
lossless.py       Divan's own format
markdown.py       Markdown, as it would be read in an editor or on a forge
mathml.py         TeX as MathML, which browsers show without anything else
message_facts.py  what stands around a message's words
outline.py        the order in which a document tells a conversation, which is a tree
plain.py          plain text: who said what
preferences.py    JSONL for training, from what a person thought of answers
training.py       JSONL for fine-tuning in OpenAI's chat format
words.py          the words that documents add to what was said, in the language of whoever exports
"""

from .document import FORMATS, ExportDocument, Exported, FormatName, export_document, export_stored
from .outline import Scope

__all__ = ["FORMATS", "ExportDocument", "Exported", "FormatName", "Scope", "export_document", "export_stored"]
