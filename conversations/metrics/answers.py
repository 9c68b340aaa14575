"""Answers as columns of numbers, brought out of the database at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, compress
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Aggregate, QuerySet, TextField

from conversations.answer_numbers import FIELDS, UNKNOWN, in_milliseconds, read_numbers, text_from
from conversations.metrics.comparisons import Compared
from conversations.metrics.planning import planned
from conversations.models import GROUPED, Response

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Label(NamedTuple):
    """What many answers have in common: the fields of `GROUPED`."""

    server: str
    model: str
    status: str = ""
    error_code: str = ""
    served_by: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """`label`: of each answer the place of its own in `labels`. `conversations`: of each, or none where
    nobody asked for them. `numbers`: a field for each (`read_numbers`)."""

    labels: Sequence[Label]
    label: "NDArray[Any]"
    conversations: Sequence[str]
    numbers: "NDArray[Any]"

    def __len__(self) -> int:
        return len(self.label)

    @property
    def at(self) -> "NDArray[Any]":
        """When each of them was given, in milliseconds since 1970."""
        return self.numbers["at"].astype("int64")

    def in_span(self, since: datetime, until: datetime) -> "Answers":
        at = self.at
        within = (at >= in_milliseconds(since)) & (at < in_milliseconds(until))
        conversations = list(compress(self.conversations, within))
        return Answers(self.labels, self.label[within], conversations, self.numbers[within])

    def values_of(self, name: str) -> "NDArray[Any]":
        """A count, or the cost (in `USD`), of each; nan where nobody said."""
        import numpy as np

        found = self.numbers[name]
        unknown = -1 if name == "usd" else UNKNOWN
        return np.where(found == unknown, np.nan, found.astype(np.float64))


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
    """One query, in the order of the index that answers it: nothing is sorted, no row looked up."""
    import numpy as np

    joined = {"texts": JoinedTexts("numbers")}
    if with_conversations:
        joined["ids"] = JoinedTexts("conversation", separator=",")
    within = answers.filter(numbers__gte=text_from(since), numbers__lt=text_from(until))
    # With the little memory that it takes by itself PostgreSQL would sort all texts on its disk first.
    with planned(answers.db, work_mem="64MB"):
        found: list[Any] = list(within.order_by().values("owner", *GROUPED).annotate(**joined))
    parts = [read_numbers(row["texts"]) for row in found]
    return Answers(
        [Label(*(row[name] for name in GROUPED)) for row in found],
        np.repeat(np.arange(len(parts)), [len(part) for part in parts]),
        list(chain.from_iterable(row["ids"].split(",") for row in found if with_conversations)),
        np.concatenate([read_numbers(""), *parts]),
    )


def answers_from_compared(rows: Sequence[Compared]) -> Answers:
    """So that they can be grouped: of what else they say nothing is known."""
    import numpy as np

    numbers = np.zeros(len(rows), np.dtype(FIELDS))
    numbers["at"] = [row.at for row in rows]
    labels = [Label(row.server, row.model) for row in rows]
    return Answers(labels, np.arange(len(rows)), [row.conversation for row in rows], numbers)
