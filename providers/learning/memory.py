"""What is known of each model in this process. Nothing here waits: it is asked before every request."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence

from providers.learning.facts import Fact, Facts, Key, learned_from, merge_facts
from providers.types import Learned

ModelId = tuple[str, str]
"""A server's name and the id that it is asked for."""
Keep = Callable[[ModelId, Sequence[Fact]], None]

NOTHING = Learned()

_kept: Mapping[ModelId, Facts] = {}
"""As they were last read from the database."""
_fresh: Mapping[ModelId, Facts] = {}
"""What the last reading may have missed. It is never changed in place: the event loop reads it while threads
write."""
_written: frozenset[tuple[ModelId, Fact]] = frozenset()
"""Those of `_fresh` that are in the database: the next reading finds them there."""
_changing = threading.Lock()
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
    _hold_fresh(model, new)
    if _keep is not None:
        _keep(model, new)


def begin_reading() -> Callable[[Mapping[ModelId, Facts]], None]:
    """Called before the database is read, by one thread at a time. What it returns puts what was read in
    the place of what was known, but for facts that were not yet written when the reading began."""
    written = _written

    def replace(kept: Mapping[ModelId, Facts]) -> None:
        global _kept, _fresh, _written
        with _changing:
            left: dict[ModelId, Facts] = {}
            for model, facts in _fresh.items():
                if missed := {key: fact for key, fact in facts.items() if (model, fact) not in written}:
                    left[model] = missed
            _kept, _fresh, _written = kept, left, _written - written

    return replace


def mark_saved(model: ModelId, facts: Iterable[Fact]) -> None:
    """These facts are in the database now: from its next reading on they hold only for as long as they are
    there."""
    global _written
    with _changing:
        _written |= {(model, fact) for fact in facts}


def _hold_fresh(model: ModelId, facts: Sequence[Fact]) -> None:
    global _fresh, _written
    with _changing:
        _fresh = {**_fresh, model: merge_facts(_fresh.get(model, {}), facts)}
        _written -= {(model, fact) for fact in facts}


def save_facts_with(keep: Keep | None) -> None:
    global _keep
    _keep = keep


def forget_all() -> None:
    """Forgets all that was learned, for tests."""
    global _kept, _fresh, _written
    with _changing:
        _kept, _fresh, _written = {}, {}, frozenset()
