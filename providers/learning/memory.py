"""What is known of each model in this process. Nothing here waits: it is asked before every request."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from providers.learning.facts import Fact, Facts, Key, joined, learned_of
from providers.types import Learned

ModelId = tuple[str, str]
"""A server's name and the id that it is asked for."""
Keep = Callable[[ModelId, Sequence[Fact]], None]

NOTHING = Learned()

_kept: Mapping[ModelId, Facts] = {}
_fresh: dict[ModelId, dict[Key, Fact]] = {}
_keep: Keep | None = None


def facts_of(model: ModelId) -> dict[Key, Fact]:
    return joined(_kept.get(model, {}), _fresh.get(model, {}).values())


def learned(server: str, model: str) -> Learned:
    facts = facts_of((server, model))
    return learned_of(facts) if facts else NOTHING


def remember(model: ModelId, facts: Iterable[Fact]) -> None:
    """Holds for the next request; what is new is given to whoever keeps it for longer."""
    known = facts_of(model)
    new = [fact for fact in facts if not fact.says_the_same(known.get(fact.key))]
    if not new:
        return
    _fresh[model] = joined(_fresh.get(model, {}), new)
    if _keep is not None:
        _keep(model, new)


def take_over(kept: Mapping[ModelId, Facts]) -> None:
    """What is kept, as it was just read: the truth of all but what has still to be written."""
    global _kept
    _kept = kept


def written(model: ModelId, facts: Iterable[Fact]) -> None:
    """These are kept now, and hold only for as long as they are."""
    fresh = _fresh.get(model, {})
    for fact in facts:
        if fresh.get(fact.key) == fact:
            del fresh[fact.key]
    if not fresh:
        _fresh.pop(model, None)


def keep_with(keep: Keep | None) -> None:
    global _keep
    _keep = keep


def forget_all() -> None:
    """For tests."""
    global _kept
    _kept = {}
    _fresh.clear()
