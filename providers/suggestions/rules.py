"""Which model may suit a draft better than the one that is chosen, and why, in a line.

Rules, in `RULES`, each with a name, what it is worth and when it holds. No model is asked, nothing waits.
A suggestion is made only where it is clearly better (`MARGIN`) than what the person has chosen.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from providers import connectors
from providers.types import ModelInfo

MARGIN = 2.0
MOST = 3
ANSWER_ROOM = 2000
LONG = 8000
USUAL_ANSWER = 500
CODE = re.compile(
    r"```|\b(def|class|function|import|const|SELECT|public static|#include|traceback|stack trace|regex|"
    r"refactor|compile|debug|unit test)\b|[{};]\s*$|(?<!\w)\w++\.\w++\([^)]{0,200}\)",
    re.IGNORECASE | re.MULTILINE,
)
REASON = re.compile(
    r"\b(prove|proof|step by step|derive|theorem|optimi[sz]e|trade-?offs?|why does|compare|plan"
    r"|kanıtla|adım adım|karşılaştır|докажи|пошагово|сравни)\b",
    re.IGNORECASE,
)
CODERS = re.compile(r"cod(er|e\b|estral|ing)|devstral", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Draft:
    """`tokens`: of the whole conversation with the draft. `attachments`: MIME types."""

    text: str
    tokens: int = 0
    attachments: Sequence[str] = ()

    @property
    def has_image(self) -> bool:
        return any(kind.startswith("image/") for kind in self.attachments)

    @property
    def is_code(self) -> bool:
        return bool(CODE.search(self.text[:20_000]))

    @property
    def wants_thought(self) -> bool:
        return bool(REASON.search(self.text[:20_000]))

    @property
    def is_small(self) -> bool:
        return len(self.text) < 160 and not (self.is_code or self.wants_thought or self.attachments)


@dataclass(frozen=True, slots=True)
class Experience:
    """What a user has seen of a model so far. `usd`: the mean cost of an answer; None: not known."""

    answers: int = 0
    failures: int = 0
    likes: int = 0
    dislikes: int = 0
    first_token_ms: float | None = None
    usd: float | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`rule` is the name of the reason that weighs most; `reason` says it in the reader's language."""

    model: str
    rule: str
    reason: str
    score: float


NOTHING = Experience()


@dataclass(frozen=True, slots=True)
class Case:
    draft: Draft
    model: ModelInfo
    seen: Experience


@dataclass(frozen=True, slots=True)
class Rule:
    """`holds` gives how strongly, from -1 to 1."""

    name: str
    weight: float
    holds: Callable[[Case], float]
    says: Callable[[], str] = field(compare=False)


def _vision(case: Case) -> float:
    return float(case.draft.has_image and "vision" in case.model.capabilities)


def _room(case: Case) -> float:
    """A window that is known to suffice, where that is not to be taken for granted."""
    return float(case.draft.tokens > LONG and case.model.context_length is not None)


def _coder(case: Case) -> float:
    return float(case.draft.is_code and bool(CODERS.search(f"{case.model.id} {case.model.name}")))


def _thought(case: Case) -> float:
    return float(case.draft.wants_thought and "thinking" in case.model.capabilities)


def _liked(case: Case) -> float:
    votes = case.seen.likes + case.seen.dislikes
    return (case.seen.likes - case.seen.dislikes) / (votes + 2) if votes else 0.0


def _quick(case: Case) -> float:
    first = case.seen.first_token_ms
    if not case.draft.is_small or first is None:
        return 0.0
    return 1.0 if first < 700 else 0.0 if first < 3000 else -1.0


def _cheap(case: Case) -> float:
    cost = case.seen.usd
    if cost is None and case.model.pricing is not None:
        cost = case.model.pricing.output * USUAL_ANSWER / 1_000_000
    if not case.draft.is_small or cost is None:
        return 0.0
    return 1.0 if cost < 0.0005 else 0.0 if cost < 0.01 else -1.0


def _reliable(case: Case) -> float:
    return -1.0 if case.seen.failures >= 2 and case.seen.failures * 2 > case.seen.answers else 0.0


RULES: tuple[Rule, ...] = (
    Rule("vision", 5.0, _vision, lambda: _("It can see the picture.")),
    Rule("room", 4.0, _room, lambda: _("It can read a conversation of this length.")),
    Rule("code", 3.0, _coder, lambda: _("It is made for code.")),
    Rule("thinking", 2.5, _thought, lambda: _("It thinks before it answers.")),
    Rule("liked", 4.0, _liked, lambda: _("You liked its answers before.")),
    Rule("quick", 1.5, _quick, lambda: _("It has answered you quickly.")),
    Rule("cheap", 1.0, _cheap, lambda: _("It costs little.")),
    Rule("reliable", 4.0, _reliable, lambda: _("It has failed less often.")),
)


def can_answer(draft: Draft, model: ModelInfo) -> bool:
    """Whether the model can be asked at all, as far as is known: what is not known does not count against
    it, but a picture needs a model that is known to see. One that only repeats is no help."""
    if (
        connectors.only_repeats(model.provider)
        or model.metadata.get("missing")
        or (model.capabilities and "chat" not in model.capabilities)
    ):
        return False
    if draft.has_image and "vision" not in model.capabilities:
        return False
    return model.context_length is None or draft.tokens + ANSWER_ROOM <= model.context_length


def weigh_rules(case: Case) -> tuple[float, Rule | None]:
    """The sum of the rules, and of those in the model's favour the one that weighs most."""
    held = [(rule.weight * rule.holds(case), rule) for rule in RULES]
    for_it = [item for item in held if item[0] > 0]
    best = max(for_it, key=lambda item: item[0], default=(0.0, None))[1]
    return sum(worth for worth, _rule in held), best


def suggest(
    draft: Draft,
    models: Sequence[ModelInfo],
    seen: Mapping[str, Experience],
    current: str = "",
) -> list[Suggestion]:
    """The best few, best first; none where the `current` ref serves as well."""
    if not draft.text.strip() and not draft.attachments:
        return []
    known = {f"{model.server}/{model.id}": model for model in models}
    bar = MARGIN
    if current in known and can_answer(draft, known[current]):
        bar += weigh_rules(Case(draft, known[current], seen.get(current, NOTHING)))[0]
    found = []
    for ref, model in known.items():
        if ref == current or not can_answer(draft, model):
            continue
        score, rule = weigh_rules(Case(draft, model, seen.get(ref, NOTHING)))
        if rule is not None and score >= bar:
            found.append(Suggestion(ref, rule.name, rule.says(), round(score, 3)))
    # The name decides between equals, so that the same draft gets the same answer each time.
    return sorted(found, key=lambda one: (-one.score, one.model))[:MOST]
