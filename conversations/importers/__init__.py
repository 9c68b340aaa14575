"""Conversations from elsewhere: ChatGPT, Claude, Open WebUI, LibreChat, and Divan's own exports."""

from .entry import ImportRefusedError
from .report import ImportReport
from .run import import_file

__all__ = ["ImportRefusedError", "ImportReport", "import_file"]
