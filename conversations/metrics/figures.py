"""Sums and percentiles of answers, grouped."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from conversations.answer_numbers import USD, in_milliseconds
from conversations.metrics.answers import Answers, answers_from_compared, read_answers
from conversations.metrics.comparisons import Compared, PairComparison, find_comparisons
from conversations.metrics.grouping import OF_CONVERSATIONS, By, Grouping, Groups, grouping_by
from conversations.metrics.numpy_import import begin_to_import_numpy
from conversations.models import Response

if TYPE_CHECKING:
    from numpy.typing import NDArray

Figures = dict[str, Any]

TOKENS = {
    "input": "input_tokens",
    "output": "output_tokens",
    "reasoning": "reasoning_tokens",
    "cached": "cached_tokens",
}
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

    def previous(self) -> "Span":
        """The span of the same length that ends where this begins."""
        return replace(self, since=self.since - (self.until - self.since), until=self.since)

    def answers(self) -> QuerySet[Response]:
        """The answers of that owner, model and server, at whatever time."""
        wanted = {"owner": self.owner, "model": self.model or None, "server": self.server or None}
        return Response.objects.filter(**{name: said for name, said in wanted.items() if said is not None})


def figures_of(span: Span) -> list[Figures]:
    """A row for each model, day …: days and weeks in their order, all else with the most answers first. An
    answer whose conversation has several tags counts for each; one without folder or tag for an empty key."""
    [[rows]] = figures_of_each([span], [span.by])
    return rows


def figures_of_each(spans: Sequence[Span], groups: Sequence[By]) -> list[list[list[Figures]]]:
    """For each of the groups, of each of the spans, which differ in time alone. All is read once."""
    begin_to_import_numpy()
    [span, *_others] = spans
    since, until = min(one.since for one in spans), max(one.until for one in spans)
    with_conversations = any(by in OF_CONVERSATIONS for by in groups)
    judged = find_comparisons(span.answers().filter(at__gte=since, at__lt=until))
    answers = read_answers(span.answers(), since, until, with_conversations=with_conversations)
    parts = [(answers.in_span(one.since, one.until), sides_within(one, judged)) for one in spans]
    found: list[list[list[Figures]]] = []
    for by in groups:
        grouped = grouping_by(by, span.zone, span.owner)
        found.append([rows_of(part, sides, grouped) for part, sides in parts])
    return found


def rows_of(answers: Answers, sides: "Sides", grouped: Grouping) -> list[Figures]:
    if not len(answers):
        return []
    groups = grouped.group(answers)
    rows = [empty_row() for _key in groups.keys]
    add_labels(rows, groups, answers, with_served=grouped.by == "model")
    add_numbers(rows, groups, answers)
    add_times(rows, groups, answers)
    found = dict(zip(groups.keys, rows, strict=True))
    for side, key in grouped.group(sides.answers).pairs():
        if key in found:
            found[key]["votes"][sides.results[side]] += 1
    in_time = grouped.by in ("day", "week")
    named = [{"key": key, **row} for key, row in found.items()]
    return sorted(named, key=lambda row: row["key"] if in_time else (-row["answers"], row["key"]))


def empty_row() -> Figures:
    return {
        **dict.fromkeys(("answers", *STATUSES), 0),
        "errors": {},
        **{name: {} for name in SERVED},
        **dict.fromkeys((*TOKENS, "usd", "unknown_cost"), 0),
        "first_token_ms": {"p50": None, "p95": None},
        "total_ms": {"p50": None, "p95": None},
        "tokens_per_second": {"p50": None},
        "votes": {"up": 0, "down": 0, "won": 0, "lost": 0, "tied": 0},
    }


def add_labels(rows: Sequence[Figures], groups: Groups, answers: Answers, *, with_served: bool) -> None:
    """How many answers there are, and how many of them ended how."""
    for row, name, often in count_names(groups, answers, "status"):
        rows[row]["answers"] += often
        if name in STATUSES:
            rows[row][name] += often
    for counts, of_label in (("errors", "error_code"), *((one, one) for one in SERVED if with_served)):
        for row, name, often in count_names(groups, answers, of_label):
            if name:
                rows[row][counts][name] = often


def count_names(groups: Groups, answers: Answers, of_label: str) -> Iterator[tuple[int, str, int]]:
    """The place of a key, what some of its answers have in that field of their labels, and how many do."""
    import numpy as np

    of_labels = [getattr(label, of_label) for label in answers.labels]
    places = {name: place for place, name in enumerate(dict.fromkeys(of_labels))}
    place = np.array([places[name] for name in of_labels], int)[answers.label]
    counted = np.bincount(groups.key * len(places) + place[groups.answer], minlength=1)
    names = list(places)
    for pair in np.flatnonzero(counted).tolist():
        yield pair // len(places), names[pair % len(places)], int(counted[pair])


def add_numbers(rows: Sequence[Figures], groups: Groups, answers: Answers) -> None:
    import numpy as np

    def summed(values: "NDArray[Any]") -> "NDArray[Any]":
        return np.bincount(groups.key, values[groups.answer], len(rows))

    def known(name: str) -> "NDArray[Any]":
        return summed(np.where(np.isnan(answers.values[name]), 0, answers.values[name]))

    tokens = {name: known(column) for name, column in TOKENS.items()}
    costs, unknown = known("usd"), summed(np.isnan(answers.values["usd"]))
    up, down = summed(answers.vote == 1), summed(answers.vote == -1)
    for place, row in enumerate(rows):
        row |= {name: int(sums[place]) for name, sums in tokens.items()}
        row |= {"usd": float(costs[place] / USD), "unknown_cost": int(unknown[place])}
        row["votes"] |= {"up": int(up[place]), "down": int(down[place])}


def add_times(rows: Sequence[Figures], groups: Groups, answers: Answers) -> None:
    """Of complete answers: what was stopped or broke off says nothing of how long a model takes."""
    import numpy as np

    complete = np.array([label.status == "complete" for label in answers.labels])
    first, total, output = (
        np.where(complete[answers.label], answers.values[name], np.nan)[groups.answer]
        for name in ("first_token_ms", "total_ms", "output_tokens")
    )
    # From the first token on.
    took = np.where((output > 0) & (total > first), total - first, np.nan)
    for name, values, wanted in (
        ("first_token_ms", first, (50, 95)),
        ("total_ms", total, (50, 95)),
        ("tokens_per_second", output * 1000 / took, (50,)),
    ):
        for row, found in zip(rows, percentiles_by_key(values, groups.key, len(rows), wanted), strict=True):
            row[name] = found


def percentiles_by_key(
    values: "NDArray[Any]", key: "NDArray[Any]", keys: int, wanted: Sequence[int]
) -> list[dict[str, float | None]]:
    """For each key, of its values that are not nan: between two in proportion, to a tenth."""
    import numpy as np

    there = ~np.isnan(values)
    values, key = values[there], key[there]
    # Sorted by small numbers alone, numbers as small cost a tenth; so do values of one key.
    values = values[np.argsort(key.astype(np.min_scalar_type(keys)), kind="stable")]
    counts = np.bincount(key, minlength=keys)
    of_each = np.split(values, np.cumsum(counts)[:-1])
    return [percentiles_of(np.sort(part), wanted) for part in of_each]


def percentiles_of(ordered: "NDArray[Any]", wanted: Sequence[int]) -> dict[str, float | None]:
    if not len(ordered):
        return {f"p{one}": None for one in wanted}
    found: dict[str, float | None] = {}
    for one in wanted:
        below, part = divmod((len(ordered) - 1) * one, 100)
        lower, upper = float(ordered[below]), float(ordered[below + bool(part)])
        found[f"p{one}"] = round(lower + (upper - lower) * part / 100, 1)
    return found


@dataclass(frozen=True, slots=True)
class Sides:
    """Answers that were compared, and what each did."""

    answers: Answers
    results: Sequence[str]


def sides_within(span: Span, judged: Iterable[PairComparison]) -> Sides:
    """Of answers to questions of which one answer is among the span's."""
    since, until = in_milliseconds(span.since), in_milliseconds(span.until)

    def has(row: Compared) -> bool:
        return since <= row.at < until and span.model in ("", row.model) and span.server in ("", row.server)

    sides = [side for one in judged if has(one.answer) for side in sides_of(one) if has(side[0])]
    return Sides(
        answers_from_compared([answer for answer, _result in sides]), [result for _, result in sides]
    )


def sides_of(judged: PairComparison) -> tuple[tuple[Compared, str], tuple[Compared, str]]:
    """Each with what it did."""
    return (judged.answer, judged.result), (judged.other, OF_OTHER[judged.result])
