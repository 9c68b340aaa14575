"""Model refs, `server/model-id`: the one place that says what is one.

The id is whatever the service calls its model: it may hold spaces, slashes, colons and any letter. What no
database holds, and what is longer than any id, is none; a list that gives such an id is read without it. The
page has the same rule in `static/src/domain/ids.ts`.
"""

import re

from providers.errors import UnknownServerError

LONGEST = 400
PATTERN = r"^[^/\s]+/[^\x00]+$"
_REF = re.compile(PATTERN)
AUTO = "auto/auto"
"""The ref of a lane whose model is chosen for each question (suggestions/auto.py). No server has it."""


def is_ref(text: str) -> bool:
    return len(text) <= LONGEST and _REF.fullmatch(text) is not None


def split_ref(ref: str) -> tuple[str, str]:
    """`server/model`, split at the first '/'. UnknownServerError where one of them is missing."""
    server, slash, model = ref.partition("/")
    if not (server and slash and model):
        raise UnknownServerError(ref[:100])
    return server, model
