"""Conversations from elsewhere: ChatGPT, Claude, Open WebUI, LibreChat, and Divan's own exports.

archive.py           what lies in a zip, and in the zips that lie in it
attachments.py       which attachments an imported conversation of our own may name
chat.py              a conversation as another program tells it
chat_records.py      the records of a conversation from elsewhere
chatgpt.py           ChatGPT's data export
chatgpt_marks.py     ChatGPT's marks for sources and cards inside a text
chatgpt_tools.py     ChatGPT's tools: calls and results
child_process.py     imports in a process of its own, with an end to memory and time
claude.py            Claude's data export
data_address.py      files that stand in a `data:` address
divan.py             Divan's own exports
documents.py         the entries of a JSON document, whatever it is written in, or why there are none
elements.py          the parts of a JSON document of any size, one after the other
entry.py             one file of what was exported, wherever it lies
forest.py            whatever a file says of who stands below whom becomes a forest
librechat.py         LibreChat's exports
openwebui.py         Open WebUI's exported chats
openwebui_blocks.py  Open WebUI's folded blocks
openwebui_output.py  Open WebUI's `output`, in the form of OpenAI's Responses API
read_progress.py     how far an import has read, for whoever looks on
report.py            what an import did, and why it left something out
run.py               an import from beginning to end
source.py            a file, a folder or a zip that someone exported somewhere
threads.py           the messages that were said, one below the other
times.py             points in time, as other programs write them
"""

from .entry import ImportRefusedError
from .report import ImportReport
from .run import import_file

__all__ = ["ImportRefusedError", "ImportReport", "import_file"]
