"""A title of a conversation's first words."""

LONGEST = 80


def title_from(text: str) -> str:
    """The first words of a message, cut at a word's end."""
    line = " ".join(text.split())
    if len(line) <= LONGEST:
        return line
    cut = line[:LONGEST].rsplit(" ", 1)[0]
    return f"{cut or line[:LONGEST]}…"
