"""Conversations from elsewhere: ChatGPT, Claude, Open WebUI, LibreChat, and Divan's own exports."""

from .run import Report, import_file
from .source import ImportRefusedError

__all__ = ["ImportRefusedError", "Report", "import_file"]
