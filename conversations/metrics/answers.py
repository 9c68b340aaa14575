"""Answers as columns of numbers, brought out of the database at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Aggregate, QuerySet, TextField

from conversations.answer_numbers import COUNTS, DIGITS, UNKNOWN, in_milliseconds, read_numbers, text_from
from conversations.metrics.comparisons import Compared
from conversations.metrics.planning import planned
from conversations.models import GROUPED, Response

if TYPE_CHECKING:
    from numpy.typing import NDArray


class AnswerGroup(NamedTuple):
    """What many answers have in common: the fields of `GROUPED`."""

    server: str
    model: str
    status: str = ""
    error_code: str = ""
    served_by: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """Each answer has a place in every array. `label`, `conversation`: where what it has stands in `labels`
    and `conversations`, which are empty where nobody asked for conversations. `at`: when it was given, in
    milliseconds since 1970. `values`: by name the counts, and `usd` (in `USD`); nan where nobody said."""

    labels: Sequence[AnswerGroup]
    label: "NDArray[Any]"
    conversations: Sequence[str]
    conversation: "NDArray[Any]"
    at: "NDArray[Any]"
    values: Mapping[str, "NDArray[Any]"]
    vote: "NDArray[Any]"

    def __len__(self) -> int:
        return len(self.label)

    def in_span(self, since: datetime, until: datetime) -> "Answers":
        import numpy as np

        within = np.flatnonzero((self.at >= in_milliseconds(since)) & (self.at < in_milliseconds(until)))
        return replace(
            self,
            label=self.label[within],
            conversation=self.conversation[within],
            at=self.at[within],
            values={name: values[within] for name, values in self.values.items()},
            vote=self.vote[within],
        )


class JoinedTexts(Aggregate):
    """The texts of several rows behind each other."""

    output_field = TextField()

    def __init__(self, column: str, *, separator: str = "", **extra: Any) -> None:
        super().__init__(column, separator=separator, **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        shape = "group_concat(%(expressions)s, '%(separator)s')"
        return super().as_sql(compiler, connection, template=shape, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        shape = "string_agg(%(expressions)s, '%(separator)s')"
        return super().as_sql(compiler, connection, template=shape, **context)


def read_answers(
    answers: QuerySet[Response], since: datetime, until: datetime, *, with_conversations: bool = False
) -> Answers:
    """One query, which sorts nothing: SQLite goes through the index in whose order it groups, PostgreSQL
    groups by hashes."""
    joined = {"texts": JoinedTexts("numbers")}
    if with_conversations:
        joined["ids"] = JoinedTexts("conversation", separator=",")
    within = answers.filter(numbers__gte=text_from(since), numbers__lt=text_from(until))
    # With the little memory that it takes by itself PostgreSQL would sort all texts on its disk first. It
    # needs a tenth of this, but looks for a sort where it fears to need more.
    with planned(answers.db, work_mem="128MB"):
        found: list[Any] = list(within.order_by().values("owner", *GROUPED).annotate(**joined))
    import numpy as np

    numbers = read_numbers("".join(row["texts"] for row in found))
    conversations: dict[str, int] = {}
    ids = chain.from_iterable(row["ids"].split(",") for row in found if with_conversations)
    places = np.array([conversations.setdefault(one, len(conversations)) for one in ids], int)
    return Answers(
        labels=[AnswerGroup(*(row[name] for name in GROUPED)) for row in found],
        label=np.repeat(np.arange(len(found)), [len(row["texts"]) // DIGITS for row in found]),
        conversations=list(conversations),
        conversation=places if with_conversations else np.zeros(len(numbers), int),
        at=numbers["at"].astype(int),
        values=values_of(numbers),
        vote=numbers["vote"],
    )


def values_of(numbers: "NDArray[Any]") -> dict[str, "NDArray[Any]"]:
    import numpy as np

    unknown = {**dict.fromkeys(COUNTS, UNKNOWN), "usd": -1}
    values = {name: numbers[name].astype(float) for name in unknown}
    for name, said in unknown.items():
        values[name][values[name] == said] = np.nan
    return values


def answers_from_compared(rows: Sequence[Compared]) -> Answers:
    """So that they can be grouped: of what else they say nothing is known."""
    import numpy as np

    each = np.arange(len(rows))
    labels = [AnswerGroup(row.server, row.model) for row in rows]
    at = np.array([row.at for row in rows], int)
    return Answers(
        labels, each, [row.conversation for row in rows], each, at, values={}, vote=np.zeros(0, int)
    )
