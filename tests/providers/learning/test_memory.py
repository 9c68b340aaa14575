"""What was learned holds from the moment it was learned, however a reading of the database falls beside its
writing, and is gone once it was deleted there."""

from collections.abc import Callable, Mapping

from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from providers.configuration import learned
from providers.learning import memory
from providers.learning.facts import Fact, Facts
from providers.learning.memory import ModelId

MODEL: ModelId = ("one", "m")


class LearnedFacts(RuleBasedStateMachine):
    """`row`: what the database holds. `untold`: what was written there and not yet marked as saved. `end`:
    puts what the reading that runs has `seen` in its place."""

    def __init__(self) -> None:
        super().__init__()
        memory.forget_all()
        memory.save_facts_with(None)
        self.learned: Fact | None = None
        self.row: Fact | None = None
        self.untold: Fact | None = None
        self.deleted = False
        self.end: Callable[[Mapping[ModelId, Facts]], None] | None = None
        self.seen: dict[ModelId, Facts] = {}
        self.count = 0

    @rule()
    def learn(self) -> None:
        self.count += 1
        self.learned, self.deleted = Fact("input", value=self.count), False
        memory.remember_facts(MODEL, [self.learned])

    @precondition(lambda self: self.learned and not self.deleted)
    @rule()
    def write(self) -> None:
        self.row = self.untold = self.learned

    @precondition(lambda self: self.untold)
    @rule()
    def tell(self) -> None:
        if self.untold is not None:
            memory.mark_saved(MODEL, [self.untold])
        self.untold = None

    @precondition(lambda self: self.end is None)
    @rule()
    def begin_reading(self) -> None:
        self.end = memory.begin_reading()
        self.seen = {MODEL: {self.row.key: self.row}} if self.row else {}

    @rule()
    def end_reading(self) -> None:
        if self.end is not None:
            self.end(self.seen)
        self.end = None

    @precondition(lambda self: self.row and self.row == self.learned and self.untold is None)
    @rule()
    def delete(self) -> None:
        self.row, self.deleted = None, True

    @invariant()
    def is_known(self) -> None:
        if not self.deleted:
            assert memory.facts_of(MODEL).get(("input", "")) == self.learned

    def teardown(self) -> None:
        self.end_reading()
        if self.deleted:
            memory.begin_reading()({})
            assert not memory.facts_of(MODEL)
        memory.forget_all()
        memory.save_facts_with(learned.save_facts_soon)


TestLearnedFacts = LearnedFacts.TestCase
