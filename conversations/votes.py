"""How a later vote is laid over earlier ones. Pure.

A vote says how good one answer is (`value`), or compares it with others to the same message. Of two
answers one comparison counts, the last: what a new one says of the answers that it names takes the place of
what comparisons of theirs said.
"""

from collections.abc import Iterable, Mapping
from typing import Any

COMPARISONS = ("preferred_over", "tie", "both_bad")
OF_COMPARISON = (*COMPARISONS, "revealed")


def compares(fields: Mapping[str, Any]) -> bool:
    return any(fields.get(name) is not None for name in COMPARISONS)


def compared_with(fields: Mapping[str, Any]) -> list[str]:
    """The ids of the answers that a vote names beside its own."""
    named = [fields[name] for name in COMPARISONS if isinstance(fields.get(name), list)]
    return [one for given in named for one in given if isinstance(one, str)]


def lay_vote(votes: dict[str, dict[str, Any]], message: str, fields: Mapping[str, Any]) -> None:
    """Puts a vote into `votes` (by answer), which is changed in place."""
    known = votes.get(message, {})
    if compares(fields):
        known = without_fields(known, OF_COMPARISON)
        for other in compared_with(fields):
            if other != message and message in compared_with(votes.get(other, {})):
                votes[other] = without_fields(votes[other], OF_COMPARISON)
    votes[message] = {**known, **fields}


def without_fields(fields: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}
