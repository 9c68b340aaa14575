"""Where a link that a model wrote may lead, on the page and in exports."""

PREFIXES = ("http://", "https://", "mailto:")
"""Everything else is text: what a program of the reader's machine opens, and our own pages."""


def is_openable(url: str) -> bool:
    return url.lower().startswith(PREFIXES)
