"""Sums and percentiles of answers, grouped."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from django.db.models import Aggregate, CharField, Count, F, Func, QuerySet, Sum, TextField, Value
from django.db.models.functions import Coalesce

from conversations.metrics.comparisons import find_comparisons
from conversations.models import Conversation, Response

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations
    from numpy.typing import NDArray

    class Group(TypedDict):
        group: Any

    Grouped = WithAnnotations[Response, Group]

By = Literal["model", "server", "day", "week", "folder", "tag", "purpose"]
Figures = dict[str, Any]

GROUPS: Mapping[By, Any] = {
    "model": F("model"),
    "server": F("server"),
    "folder": F("conversation__folder"),
    "tag": F("conversation__tag_rows__name"),
    "purpose": Value("answer", output_field=CharField()),
}
"""But for days and weeks, which depend on a time zone. By purpose, answers are one: of all other
requests the index knows nothing."""
SUMS = {
    "input": Sum("input_tokens"),
    "output": Sum("output_tokens"),
    "reasoning": Sum("reasoning_tokens"),
    "cached": Sum("cached_tokens"),
    "usd": Sum("cost_usd"),
    "known_cost": Count("cost_usd"),
    "voted": Count("vote"),
    "vote_sum": Sum("vote"),
}
"""What the database sums up: no condition, each of which costs as much again."""
TIMES = ("first_token_ms", "total_ms", "output_tokens")
HOUR, HALF_YEAR = timedelta(hours=1), timedelta(days=182)
TOKENS_AND_COST = ("input", "output", "reasoning", "cached", "usd")
SERVED = ("served_by", "version")
"""What answered behind a model's name: how many answers of each. By model alone."""
OF_OTHER = {"won": "lost", "tied": "tied"}
STATUSES = ("complete", "stopped", "failed", "interrupted")


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` up to but not with `until`. `owner`: None for everybody's. `model`, `server`: empty for
    all. `zone`: whose days and weeks."""

    since: datetime
    until: datetime
    owner: str | None
    by: By = "model"
    model: str = ""
    server: str = ""
    zone: tzinfo = UTC

    def before(self) -> "Span":
        """The span of the same length that ends where this begins."""
        return replace(self, since=self.since - (self.until - self.since), until=self.since)


def figures_of(span: Span) -> list[Figures]:
    """A row for each model, day …: days and weeks in their order, all else with the most answers first. An
    answer whose conversation has several tags counts for each; one without folder or tag for an empty key."""
    answers = answers_in(span)
    rows: dict[str, Figures] = defaultdict(empty_row)
    times: dict[str, list[str]] = defaultdict(list)
    counted = {"answers": Count("*"), "times": JoinedNumbers(*TIMES), **SUMS}
    names = SERVED if span.by == "model" else ()
    grouped: Any = answers.values("group", "status", "error_code", *names).annotate(**counted)
    for found in grouped:
        key = key_of(span, found["group"])
        add_sums(rows[key], found)
        for name in names:
            add_count(rows[key][name], found[name], found["answers"])
        if found["status"] == "complete":
            times[key].append(found["times"])
    for key, joined in times.items():
        add_times(rows[key], ",".join(joined))
    add_comparisons(rows, span, answers)
    named = [{"key": key, **row} for key, row in rows.items()]
    in_time = span.by in ("day", "week")
    return sorted(named, key=lambda row: row["key"] if in_time else (-row["answers"], row["key"]))


def answers_in(span: Span) -> "QuerySet[Grouped, Any]":
    """The answers of the span, each annotated with its `group`."""
    answers = Response.objects.filter(at__gte=span.since, at__lt=span.until)
    if span.owner is not None and Conversation.objects.exclude(owner=span.owner).exists():
        # A join costs half as much again, for nothing where one person has all there is.
        answers = answers.filter(conversation__owner=span.owner)
    if span.model:
        answers = answers.filter(model=span.model)
    if span.server:
        answers = answers.filter(server=span.server)
    return answers.annotate(group=GROUPS[span.by] if span.by in GROUPS else hour_or_minute(span))


def key_of(span: Span, group: str | None) -> str:
    """The key of a group's row. Weeks are written as ISO 8601 numbers them: 2026-W48."""
    if group is None or span.by in GROUPS:
        return group or ""
    day = datetime.fromisoformat(group).replace(tzinfo=UTC).astimezone(span.zone).date()
    year, week, _day = day.isocalendar()
    return day.isoformat() if span.by == "day" else f"{year}-W{week:02}"


class JoinedNumbers(Aggregate):
    """The numbers of several columns, row by row, as one text: `40,120,5,-1,90,7`; -1 where nobody said. A
    row of its own for each answer would cost several times as much to bring out of the database."""

    output_field = TextField()
    arg_joiner = " || ',' || "

    def __init__(self, *columns: str, **extra: Any) -> None:
        super().__init__(*(Coalesce(F(column), -1) for column in columns), **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(compiler, connection, template="group_concat(%(expressions)s)", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(compiler, connection, template="string_agg(%(expressions)s, ',')", **context)


class TextInUtc(Func):
    """The beginning of a moment's RFC 3339 in UTC. Of SQLite's own functions this is the quickest: Django's
    truncation to days calls Python for each row."""

    output_field = CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(
            compiler, connection, template="substr(%(expressions)s, 1, %(length)s)", **context
        )

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        shape = "left(to_char(%(expressions)s at time zone 'UTC', 'YYYY-MM-DD HH24:MI'), %(length)s)"
        return super().as_sql(compiler, connection, template=shape, **context)


def hour_or_minute(span: Span) -> TextInUtc:
    """Long enough to tell in which of the zone's days a moment lies."""
    offsets = [
        moment.astimezone(span.zone).utcoffset()
        for moment in (span.since, HALF_YEAR + span.since, span.until)
    ]
    whole = all(offset is not None and not offset % HOUR for offset in offsets)
    return TextInUtc("at", length=len("2026-11-29 22") if whole else len("2026-11-29 22:30"))


def empty_row() -> Figures:
    return {
        **dict.fromkeys(("answers", *STATUSES), 0),
        "errors": {},
        **{name: {} for name in SERVED},
        **dict.fromkeys((*TOKENS_AND_COST, "unknown_cost"), 0),
        "first_token_ms": {"p50": None, "p95": None},
        "total_ms": {"p50": None, "p95": None},
        "tokens_per_second": {"p50": None},
        "votes": {"up": 0, "down": 0, "won": 0, "lost": 0, "tied": 0},
    }


def add_sums(row: Figures, found: Mapping[str, Any]) -> None:
    row["answers"] += found["answers"]
    if found["status"] in STATUSES:
        row[found["status"]] += found["answers"]
    add_count(row["errors"], found["error_code"], found["answers"])
    for name in TOKENS_AND_COST:
        row[name] += found[name] or 0
    row["unknown_cost"] += found["answers"] - found["known_cost"]
    # A vote on one answer is 1 or -1.
    row["votes"]["up"] += (found["voted"] + (found["vote_sum"] or 0)) // 2
    row["votes"]["down"] += (found["voted"] - (found["vote_sum"] or 0)) // 2


def add_count(counted: dict[str, int], name: str, answers: int) -> None:
    if name:
        counted[name] = counted.get(name, 0) + answers


def add_times(row: Figures, joined: str) -> None:
    """Of complete answers: what was stopped or broke off says nothing of how long a model takes. `joined`: as
    of `JoinedNumbers`. Numbers by the hundred thousand are numpy's."""
    import numpy as np

    first, total, output = np.fromstring(joined, dtype=np.float64, sep=",").reshape(-1, len(TIMES)).T
    for name, values in (("first_token_ms", first), ("total_ms", total)):
        row[name] = percentiles(values[values >= 0], 50, 95)
    # From the first token on.
    timed = (first >= 0) & (output > 0) & (total > first)
    speeds = output[timed] * 1000 / (total[timed] - first[timed])
    row["tokens_per_second"] = percentiles(speeds, 50)


def percentiles(values: "NDArray[Any]", *wanted: int) -> dict[str, float | None]:
    """The percentiles to a tenth; one that falls between two values is taken in proportion."""
    import numpy as np

    if not values.size:
        return {f"p{one}": None for one in wanted}
    found = np.percentile(values, wanted)
    return {f"p{one}": round(float(value), 1) for one, value in zip(wanted, found, strict=True)}


def add_comparisons(rows: Mapping[str, Figures], span: Span, answers: "QuerySet[Grouped, Any]") -> None:
    judged = find_comparisons(answers)
    compared = {response.pk for one in judged for response in (one.answer, one.other)}
    keys: dict[int, list[str]] = defaultdict(list)
    for pk, group in answers.filter(pk__in=compared).values_list("pk", "group"):
        keys[pk].append(key_of(span, group))
    for one in judged:
        for response, result in ((one.answer, one.result), (one.other, OF_OTHER[one.result])):
            for key in keys[response.pk]:
                rows[key]["votes"][result] += 1
