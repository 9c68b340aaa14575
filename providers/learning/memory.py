"""What is known of each model in this process. Nothing here waits: it is asked before every request."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from providers.learning.facts import Fact, Facts, Key, learned_from, merge_facts
from providers.types import Learned

ModelId = tuple[str, str]
"""A server's name and the id that it is asked for."""
Keep = Callable[[ModelId, Sequence[Fact]], None]

NOTHING = Learned()

_kept: Mapping[ModelId, Facts] = {}
_fresh: dict[ModelId, dict[Key, Fact]] = {}
_keep: Keep | None = None


def facts_of(model: ModelId) -> dict[Key, Fact]:
    return merge_facts(_kept.get(model, {}), _fresh.get(model, {}).values())


def learned_of(server: str, model: str) -> Learned:
    facts = facts_of((server, model))
    return learned_from(facts) if facts else NOTHING


def remember_facts(model: ModelId, facts: Iterable[Fact]) -> None:
    """Holds for the next request; what is new is given to whoever keeps it for longer."""
    known = facts_of(model)
    new = [fact for fact in facts if not fact.says_the_same(known.get(fact.key))]
    if not new:
        return
    _fresh[model] = merge_facts(_fresh.get(model, {}), new)
    if _keep is not None:
        _keep(model, new)


def replace_saved_facts(kept: Mapping[ModelId, Facts]) -> None:
    """Takes what was just read from the database instead of what was known, but for facts that have still to
    be written."""
    global _kept
    _kept = kept


def mark_saved(model: ModelId, facts: Iterable[Fact]) -> None:
    """These facts are in the database now: from here on they hold only for as long as they are there."""
    fresh = _fresh.get(model, {})
    for fact in facts:
        if fresh.get(fact.key) == fact:
            del fresh[fact.key]
    if not fresh:
        _fresh.pop(model, None)


def save_facts_with(keep: Keep | None) -> None:
    global _keep
    _keep = keep


def forget_all() -> None:
    """Forgets all that was learned, for tests."""
    global _kept
    _kept = {}
    _fresh.clear()
