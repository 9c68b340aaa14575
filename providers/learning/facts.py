"""What can be learned of a model."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from providers.types import Learned

Kind = Literal["refused", "most", "window", "input", "density"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Key = tuple[Kind, str]


@dataclass(frozen=True, slots=True)
class Fact:
    """One of `Learned`'s values. `field`: of `refused` and `most` alone. `reason`: what the service said."""

    kind: Kind
    field: str = ""
    value: float | None = None
    reason: str = ""

    @property
    def key(self) -> Key:
        return self.kind, self.field

    def says_the_same(self, other: "Fact | None") -> bool:
        return other is not None and (self.key, self.value) == (other.key, other.value)


Facts = Mapping[Key, Fact]


def merge_facts(known: Facts, facts: Iterable[Fact]) -> dict[Key, Fact]:
    """Lays `facts` over what was known."""
    return {**known, **{fact.key: fact for fact in facts}}


def learned_from(facts: Facts) -> Learned:
    def whole_number(kind: Kind) -> int | None:
        fact = facts.get((kind, ""))
        return int(fact.value) if fact and fact.value else None

    density = facts.get(("density", ""))
    return Learned(
        refused=frozenset(fact.field for fact in facts.values() if fact.kind == "refused"),
        most={f.field: f.value for f in facts.values() if f.kind == "most" and f.value is not None},
        window=whole_number("window"),
        input=whole_number("input"),
        density=density.value if density and density.value else 1.0,
    )
