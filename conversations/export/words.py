"""The words that documents add to what was said, in the language of whoever exports."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

YOU = _("You")
ANSWER = _("Answer {letter}")
REASONING = _("Reasoning")
BRANCH = _("A branch after {message}")
EARLIER = _("an earlier message")
CALLED = _("Called {tool}")
GAVE = _("It gave")
FAILED = _("It failed")
CUT = _("cut")
WHOLE = _("All of it")
STATUSES: Mapping[Any, Any] = {
    "stopped": _("stopped"),
    "failed": _("failed"),
    "interrupted": _("interrupted"),
}
MADE: Mapping[Any, Any] = {
    "merge": _("Merged by {model}"),
    "compare": _("Compared by {model}"),
    "rank": _("Written by {model} from the best"),
}
SERVED = _("{model}, answered by {other}")
VOTES: Mapping[Any, Any] = {1: _("good answer"), -1: _("bad answer")}
COMPARED = {
    "preferred_over": _("preferred"),
    "tie": _("as good as another"),
    "both_bad": _("as bad as another"),
}
SOURCES = _("Sources")
PAGE = _("p. {page}")
