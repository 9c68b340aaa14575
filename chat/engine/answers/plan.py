from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from chat.engine.answers.toolbox import OpenToolbox
from conversations.records import AnswerFacts, AnswerHeader
from conversations.settings import Lane
from providers.registry import Target
from providers.types import ChatRequest


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a model is sent, and what its answer's record will say of that."""

    request: ChatRequest
    facts: AnswerFacts = field(default_factory=AnswerFacts)


Prepare = Callable[[Target], Awaitable[Prepared]]


@dataclass(frozen=True, slots=True)
class Plan:
    """An answer that is to be given. `header` is the first line of its journal. `prepare` makes the request,
    as late as possible: in a sequential turn it depends on the answers before; it is called again where
    another target answers, or the target reads less than was thought. `begins_with`: the text of the answer
    that this one continues. `open_toolbox`: the tools that its model may call; None: none. `otherwise`:
    models that are asked in turn where the lane's does not answer."""

    header: AnswerHeader
    lane: Lane
    prepare: Prepare
    begins_with: str = ""
    open_toolbox: OpenToolbox | None = None
    otherwise: Sequence[str] = ()
