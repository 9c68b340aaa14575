"""Which answers a person compared, and what came of it: from the index, in one query."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from django.db import connections
from django.db.models import QuerySet

from conversations.models import COMPARED, MessageEntry, Response

Result = Literal["won", "tied"]


class Compared(NamedTuple):
    """What comparing needs of an answer. `at`: milliseconds since 1970."""

    conversation: str
    at: int
    server: str
    model: str


@dataclass(frozen=True, slots=True)
class PairComparison:
    """Two answers to one message: `answer` won, or both tied. Two that are as bad tie. `blind`: which model
    gave which was not shown. `kind` and `language`: of the message that both answer."""

    answer: Compared
    other: Compared
    result: Result
    blind: bool
    kind: str
    language: str


LISTS = ("preferred_over", "tie", "both_bad")
OF_ANSWER = ("pk", "conversation_id", "message", "at", "numbers", "server", "model", "revealed", *LISTS)
NAMED = {
    "postgresql": """LATERAL (
        VALUES ('won', answer.preferred_over), ('tied', answer.tie), ('tied', answer.both_bad)
    ) AS said(result, ids)
    CROSS JOIN LATERAL jsonb_array_elements_text(CASE jsonb_typeof(said.ids) WHEN 'array' THEN said.ids END)
        AS named(value)""",
    "sqlite": """json_each(json_object(
        'won', json(answer.preferred_over), 'tied', json(answer.tie), 'bad', json(answer.both_bad)
    )) AS lists
    CROSS JOIN json_each(lists.value) AS named""",
}
"""The ids in the three lists of an answer's row, a row for each."""
RESULT = {"postgresql": "said.result", "sqlite": "CASE lists.key WHEN 'won' THEN 'won' ELSE 'tied' END"}
COMPARISONS = """
SELECT answer.conversation_id,
    substr(answer.numbers, 1, 16), answer.server, answer.model,
    substr(other.numbers, 1, 16), other.server, other.model,
    {result}, coalesce(asked.blind, false) AND NOT answer.revealed, asked.kind, asked.language
FROM ({chosen}) AS answer CROSS JOIN {named} {other} {entry} {beside} {asked}
WHERE named.value <> answer.message AND coalesce(other.model, '') <> ''
    AND entry.hidden IS FALSE AND beside.hidden IS FALSE
    AND (beside.parent = entry.parent OR (beside.parent IS NULL AND entry.parent IS NULL))
ORDER BY answer.at, answer.pk
"""
"""Files come from other programs too: only answers to the same message can be compared, and none that was
deleted."""
BESIDE = {
    "postgresql": "LEFT JOIN LATERAL (SELECT * FROM {table} AS found WHERE found.message = {message}"
    " AND found.conversation_id = answer.conversation_id LIMIT 1) AS {name} ON true",
    "sqlite": "LEFT JOIN {table} AS {name}"
    " ON {name}.conversation_id = answer.conversation_id AND {name}.message = {message}",
}
"""A look into the index of a table for each row, in this order. What else a planner may think of, which takes
the lists to be long, reads whole tables: so the joins are such as it neither turns nor filters first."""


def find_comparisons(answers: QuerySet[Response]) -> list[PairComparison]:
    """What was compared with `answers`, the oldest first. The others may lie outside of them: an answer is
    compared with any to its message. Answers that a person deleted do not count."""
    # A conversation with several tags may bring an answer several times.
    wanted = answers.filter(COMPARED).order_by().values(*OF_ANSWER).distinct()
    chosen, params = wanted.query.get_compiler(answers.db).as_sql()
    connection = connections[answers.db]
    join = BESIDE[connection.vendor].format
    sql = COMPARISONS.format(
        chosen=chosen,
        named=NAMED[connection.vendor],
        result=RESULT[connection.vendor],
        other=join(table=Response._meta.db_table, name="other", message="named.value"),
        entry=join(table=MessageEntry._meta.db_table, name="entry", message="answer.message"),
        beside=join(table=MessageEntry._meta.db_table, name="beside", message="named.value"),
        asked=join(table=MessageEntry._meta.db_table, name="asked", message="entry.parent"),
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [comparison_of(*row) for row in cursor.fetchall()]


def comparison_of(conversation: str, *said: Any) -> PairComparison:
    at, server, model, its_at, its_server, its_model, result, blind, kind, language = said
    answer = Compared(conversation, int(at, 16), server, model)
    other = Compared(conversation, int(its_at, 16), its_server, its_model)
    return PairComparison(answer, other, result, bool(blind), kind or "", language or "")
