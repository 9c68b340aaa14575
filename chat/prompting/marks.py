"""Texts that somebody else wrote, in a prompt: each between marks that none of them can end. Pure."""


def mark_text(name: str, text: str) -> str:
    return f"<<<{name}\n{escape_marks(text)}\n{name}>>>"


def escape_marks(text: str) -> str:
    """Returns the text without marks, so that no text can end its own part."""
    return text.replace("<<<", "‹‹‹").replace(">>>", "›››")
