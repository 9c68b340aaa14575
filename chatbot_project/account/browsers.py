"""Which browser and system a `User-Agent` names, in words. It is what a client says of itself: only names
from here are ever shown."""

import re

# The first that is found counts: most name Chrome and Safari beside themselves.
BROWSERS = (
    ("YaBrowser/", "Yandex"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("OPR/", "Opera"),
    ("OPiOS/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python-requests/", "Python"),
    ("aiohttp/", "Python"),
    ("Python-urllib/", "Python"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Mac OS X", "macOS"),
    ("FreeBSD", "FreeBSD"),
    ("Linux", "Linux"),
)
LONGEST = 400
"""Characters of a `User-Agent` that are kept."""

_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


def shorten_agent(said: str) -> str:
    """What is kept of a `User-Agent`: printable ASCII, as the standard has it."""
    return _UNPRINTABLE.sub("", said[:LONGEST])


def browser_of(agent: str) -> str:
    """Empty where it is none that we know."""
    return _first(BROWSERS, agent)


def system_of(agent: str) -> str:
    """Empty where it is none that we know."""
    return _first(SYSTEMS, agent)


def _first(names: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for mark, name in names if mark in agent), "")
