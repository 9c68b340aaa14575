"""Which model may suit a draft better than the one that is chosen, and why, in a line.

Rules, in `RULES`, each with a name, what it is worth and when it holds. No model is asked, nothing waits.
A suggestion is made only where it is clearly better (`MARGIN`) than what the person has chosen.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.text.questions import Kind, kind_of, language_of
from providers import connectors
from providers.types import ModelInfo

MARGIN = 2.0
MOST = 3
ANSWER_ROOM = 2000
LONG = 8000
USUAL_ANSWER = 500
REASON = re.compile(
    r"\b(prove|proof|step by step|derive|theorem|optimi[sz]e|trade-?offs?|why does|compare|plan"
    r"|kanıtla|adım adım|karşılaştır|докажи|пошагово|сравни)\b",
    re.IGNORECASE,
)
AVERAGE, CLEARLY_BETTER = 1000.0, 200.0
"""A rating so far above the average is preferred about three times of four."""
PREFERRED: Mapping[str, Promise] = {
    "code": gettext_lazy("You prefer its answers about code."),
    "maths": gettext_lazy("You prefer its answers about maths."),
    "translation": gettext_lazy("You prefer its translations."),
    "summary": gettext_lazy("You prefer its summaries."),
    "writing": gettext_lazy("You prefer its writing."),
    "facts": gettext_lazy("You prefer its answers about facts."),
}
Group = tuple[str, str]
"""A kind of question and a language."""
CODERS = re.compile(r"cod(er|e\b|estral|ing)|devstral", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Draft:
    """`tokens`: of the whole conversation with the draft. `attachments`: MIME types. `tools`: tools may be
    called for the answer. `kind` and `language` are told from the text."""

    text: str
    tokens: int = 0
    attachments: Sequence[str] = ()
    tools: bool = False
    kind: Kind = field(init=False)
    language: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", kind_of(self.text))
        object.__setattr__(self, "language", language_of(self.text))

    @property
    def has_image(self) -> bool:
        return any(kind.startswith("image/") for kind in self.attachments)

    @property
    def is_code(self) -> bool:
        return self.kind == "code"

    @property
    def wants_thought(self) -> bool:
        return bool(REASON.search(self.text[:20_000]))

    @property
    def is_small(self) -> bool:
        return len(self.text) < 160 and not (self.is_code or self.wants_thought or self.attachments)


@dataclass(frozen=True, slots=True)
class Experience:
    """What a user has seen of a model so far. `usd`: the mean cost of an answer; None: not known. `ratings`:
    from their own comparisons (1000 is average), of questions of a kind and in a language; each is empty
    for all, and where there are too few comparisons there is no rating."""

    answers: int = 0
    failures: int = 0
    likes: int = 0
    dislikes: int = 0
    first_token_ms: float | None = None
    usd: float | None = None
    ratings: Mapping[Group, float] = field(default_factory=dict)


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
    says: Callable[[Case], str] = field(compare=False)


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


def _rated(case: Case) -> tuple[Group, float] | None:
    """The rating that is nearest to what is asked."""
    kind, language = case.draft.kind, case.draft.language
    for group in ((kind, language), (kind, ""), ("", language), ("", "")):
        if (rating := case.seen.ratings.get(group)) is not None:
            return group, rating
    return None


def _preferred(case: Case) -> float:
    rated = _rated(case)
    return 0.0 if rated is None else max(-1.0, min(1.0, (rated[1] - AVERAGE) / CLEARLY_BETTER))


def _say_preferred(case: Case) -> str:
    (kind, language), _rating = _rated(case) or (("", ""), AVERAGE)
    if kind in PREFERRED:
        return str(PREFERRED[kind])
    return _("You prefer its answers in this language.") if language else _("You prefer its answers.")


def _quick(case: Case) -> float:
    first = case.seen.first_token_ms
    if not case.draft.is_small or first is None:
        return 0.0
    return 1.0 if first < 700 else 0.0 if first < 3000 else -1.0


def usual_cost(case: Case) -> float | None:
    """USD of an answer, by what it has cost so far or by its price. None: nobody knows."""
    if case.seen.usd is not None or case.model.pricing is None:
        return case.seen.usd
    pricing = case.model.pricing
    return (pricing.input * case.draft.tokens + pricing.output * USUAL_ANSWER) / 1_000_000


def _cheap(case: Case) -> float:
    cost = usual_cost(case)
    if not case.draft.is_small or cost is None:
        return 0.0
    return 1.0 if cost < 0.0005 else 0.0 if cost < 0.01 else -1.0


def _reliable(case: Case) -> float:
    return -1.0 if case.seen.failures >= 2 and case.seen.failures * 2 > case.seen.answers else 0.0


RULES: tuple[Rule, ...] = (
    Rule("vision", 5.0, _vision, lambda _case: _("It can see the image.")),
    Rule("room", 4.0, _room, lambda _case: _("It can read a conversation of this length.")),
    Rule("code", 3.0, _coder, lambda _case: _("It is made for code.")),
    Rule("thinking", 2.5, _thought, lambda _case: _("It thinks before it answers.")),
    Rule("preferred", 5.0, _preferred, _say_preferred),
    Rule("liked", 4.0, _liked, lambda _case: _("You liked its answers before.")),
    Rule("quick", 1.5, _quick, lambda _case: _("It has answered you quickly.")),
    Rule("cheap", 1.0, _cheap, lambda _case: _("It costs little.")),
    Rule("reliable", 4.0, _reliable, lambda _case: _("It has failed less often.")),
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
    if draft.tools and model.knows_no_tools:
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
        case = Case(draft, model, seen.get(ref, NOTHING))
        score, rule = weigh_rules(case)
        if rule is not None and score >= bar:
            found.append(Suggestion(ref, rule.name, rule.says(case), round(score, 3)))
    # The name decides between equals, so that the same draft gets the same answer each time.
    return sorted(found, key=lambda one: (-one.score, one.model))[:MOST]
