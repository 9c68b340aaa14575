"""The numbers of an answer as one text, which the database itself keeps up to date beside them.

Figures are of a hundred thousand answers. To bring that many rows out of a database, or to sum them up there
by day, takes several times as long as to bring out the texts of all as one, from which numpy reads columns.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import F, Func, Index, TextField
from django.utils.deconstruct import deconstructible

if TYPE_CHECKING:
    from numpy.typing import NDArray

COUNTS = (
    "input_tokens",
    "output_tokens",
    "reasoning_tokens",
    "cached_tokens",
    "first_token_ms",
    "total_ms",
)
UNKNOWN = 0xFFFFFFFF
"""A count that nobody said. The largest that is told apart is one less; more counts as that."""
DEAREST_USD = 9e6
"""What an answer costs at most, so that it fits into 64 bits."""
USD = 1e12
"""A dollar as the text has it: whole numbers, so that sums are exact."""
FIELDS = [("at", ">i8"), *((name, ">u4") for name in COUNTS), ("usd", ">i8"), ("vote", "i1")]
"""As numpy reads them, in the order of the text."""
DIGITS = 16 + 8 * len(COUNTS) + 16 + 2
"""Of a text."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@deconstructible(path="conversations.answer_numbers.NumbersText")
class NumbersText(Func):
    """Hexadecimal digits: when, in milliseconds since 1970 (16), each of `COUNTS` (8), the cost (16; all f
    where nobody said), the vote (2). Texts of two answers sort as their moments do."""

    output_field = TextField()

    def __init__(self) -> None:
        super().__init__(F("at"), *(F(name) for name in COUNTS), F("cost_usd"), F("vote"))

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[str | int, ...]]:
        at, *counts, usd, vote = self._columns(compiler)
        moment = f"max(0, cast(round((julianday({at}) - 2440587.5) * 86400000) as integer))"
        amount = f"printf('%%016x', cast(round(min(max({usd}, 0), {DEAREST_USD}) * {USD}) as integer))"
        parts = [
            f"printf('%%016x', {moment})",
            *(
                text_or_unknown(one, 8, f"printf('%%08x', min(max({one}, 0), {UNKNOWN - 1}))")
                for one in counts
            ),
            text_or_unknown(usd, 16, amount),
            vote_text(vote),
        ]
        return " || ".join(parts), ()

    def as_postgresql(
        self, compiler: Any, connection: Any, **context: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        at, *counts, usd, vote = self._columns(compiler)
        moment = f"greatest(0, (extract(epoch from ({at} at time zone 'UTC')) * 1000)::bigint)"
        amount = f"to_hex((least(greatest({usd}, 0), {DEAREST_USD}) * {USD})::bigint)"
        parts = [
            f"lpad(to_hex({moment}), 16, '0')",
            *(
                text_or_unknown(one, 8, f"lpad(to_hex(least(greatest({one}, 0), {UNKNOWN - 1})), 8, '0')")
                for one in counts
            ),
            text_or_unknown(usd, 16, f"lpad({amount}, 16, '0')"),
            vote_text(vote),
        ]
        return " || ".join(parts), ()

    def _columns(self, compiler: Any) -> list[str]:
        return [compiler.compile(column)[0] for column in self.get_source_expressions()]


def text_or_unknown(column: str, digits: int, text: str) -> str:
    return f"case when {column} is null then '{'f' * digits}' else {text} end"


def vote_text(vote: str) -> str:
    return f"case {vote} when 1 then '01' when -1 then 'ff' else '00' end"


class GroupedIndex(Index):
    """One in whose order SQLite groups without sorting, and without a look at the rows. PostgreSQL, which
    groups by hashes, has of the `fields` the first and the last alone: a row of an index has at most 2,700
    bytes there."""

    def create_sql(self, model: Any, schema_editor: Any, using: str = "", **options: Any) -> Any:
        if schema_editor.connection.vendor != "postgresql" or len(self.fields) == len(ENDS):
            return super().create_sql(model, schema_editor, using, **options)
        ends = [self.fields[place] for place in ENDS]
        return GroupedIndex(fields=ends, name=self.name).create_sql(model, schema_editor, using, **options)


ENDS = (0, -1)


def text_from(moment: datetime) -> str:
    """How the texts of answers from this moment on begin."""
    return f"{in_milliseconds(moment):016x}"


def in_milliseconds(moment: datetime) -> int:
    """Since 1970; of what was before none."""
    since = moment - EPOCH
    return max(0, (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000)


def read_numbers(texts: str) -> "NDArray[Any]":
    """Of several answers whose texts stand behind each other: an array with a field for each of `FIELDS`."""
    import numpy as np

    return np.frombuffer(bytes.fromhex(texts), np.dtype(FIELDS))
