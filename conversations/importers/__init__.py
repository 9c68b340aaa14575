"""Conversations from elsewhere: ChatGPT, Claude, Open WebUI, LibreChat, and Divan's own exports."""

from .report import Report
from .run import import_file
from .source import ImportRefusedError

__all__ = ["ImportRefusedError", "Report", "import_file"]
