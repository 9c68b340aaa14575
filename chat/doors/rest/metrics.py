"""Figures of one's answers (of everybody's for administrators), and the leaderboard from one's own votes."""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from io import StringIO
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from channels.db import database_sync_to_async
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Schema
from pydantic import BeforeValidator

from chat.doors.rest.request import ApiRequest
from chat.doors.rest.responses import media_types
from chat.engine import current_engine
from chat.protocol.errors import ForbiddenError, InvalidError
from conversations.metrics import leaderboard as boards
from conversations.metrics.figures import Figures, Span, empty_row, figures_of, figures_of_each
from conversations.metrics.grouping import By
from conversations.metrics.leaderboard import Blind, make_leaderboard
from conversations.metrics.ratings import ENOUGH
from core.text.questions import Kind
from providers.costs.purposes import read_purposes

router = Router(tags=["metrics"])
DAYS = timedelta(days=30)
Decimal = Literal["point", "comma"]
BYTE_ORDER_MARK = "\ufeff"
"""Without it spreadsheets read `Öğrenme` as `Ã–ÄŸrenme`."""
COUNTED = ("errors", "served_by", "version")
FORMULA = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")
"""How a text begins that spreadsheets take for a formula, also behind what nobody sees."""
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def as_day(value: Any) -> Any:
    """`2026-11-29` is a day; pydantic would take it for its first moment."""
    if isinstance(value, str) and DAY.fullmatch(value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    return value


Moment = Annotated[datetime | date | None, BeforeValidator(as_day)]


class Percentiles(Schema):
    p50: float | None
    p95: float | None


class Median(Schema):
    p50: float | None


class Votes(Schema):
    up: int
    down: int
    won: int
    lost: int
    tied: int


class MetricsRow(Schema):
    """Tokens, USD, milliseconds. Of `unknown_cost` answers nobody knows the cost: they are in no sum. Times
    are of complete answers. `errors`: how many ended with each code. By model: `served_by`, how many another
    model gave, and `version`, what the service called the model. By purpose: requests for `answers`."""

    key: str
    answers: int
    complete: int
    stopped: int
    failed: int
    interrupted: int
    errors: dict[str, int]
    served_by: dict[str, int]
    version: dict[str, int]
    input: int
    output: int
    reasoning: int
    cached: int
    usd: float
    unknown_cost: int
    first_token_ms: Percentiles
    total_ms: Percentiles
    tokens_per_second: Median
    votes: Votes


class Compared(Schema):
    """`before`: the same of the span of the same length that ends where this one begins."""

    rows: list[MetricsRow]
    before: list[MetricsRow]


class Metrics(Compared):
    """`daily`: the same by day, where it was asked for."""

    since: datetime
    until: datetime
    daily: Compared | None = None


class Standing(Schema):
    """1000 is average. `low` to `high`: the interval of 95 %. `enough`: whether there are enough comparisons
    for the rating to mean something."""

    model: str
    rating: float
    low: float
    high: float
    games: int
    won: int
    lost: int
    tied: int
    enough: bool


class Leaderboard(Schema):
    """`kinds` and `languages`: how many comparisons there are of each, whichever of them was asked for."""

    rows: list[Standing]
    kinds: dict[Kind, int]
    languages: dict[str, int]


@router.get("/metrics", response=Metrics, openapi_extra=media_types("application/json", "text/csv"))
async def metrics(
    request: ApiRequest,
    since: Moment = None,
    until: Moment = None,
    by: By = "model",
    model: str = "",
    server: str = "",
    timezone: str = "UTC",
    everyone: bool = False,
    daily: bool = False,
    as_: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
    decimal: Decimal | None = None,
) -> Any:
    """The last 30 days, or from `since` up to `until` (a day: all of it). `timezone` (`Europe/Istanbul`) says
    where days begin. `everyone` is for administrators. `daily`: by day as well, which costs less than to ask
    twice. `decimal`: of a table that a spreadsheet opens where numbers are written so."""
    if everyone and not getattr(request.auth, "is_staff", False):
        raise ForbiddenError(_("Only administrators may see the figures of everybody."))
    zone = zone_named(timezone)
    begin, end = span_between(since, until, zone)
    owner = None if everyone else request.auth.owner_id
    span = Span(begin, end, owner, by, model.replace("\0", ""), server.replace("\0", ""), zone)
    await current_engine().index.wait_until_written()
    if as_ == "csv":
        rows = await database_sync_to_async(read_figures, thread_sensitive=False)(span)
        return HttpResponse(as_csv(rows, decimal), content_type="text/csv; charset=utf-8")
    groups: list[By] = [by, "day"] if daily else [by]
    told, *by_day = await database_sync_to_async(read_compared, thread_sensitive=False)(span, groups)
    return {"since": begin, "until": end, **told, "daily": by_day[0] if by_day else None}


def read_figures(span: Span) -> list[Figures]:
    return [*figures_of(span), *beside_answers(span)]


def read_compared(span: Span, groups: Sequence[By]) -> list[dict[str, list[Figures]]]:
    """For each group the figures of the span, and of the one before it."""
    spans = {"rows": span, "before": span.previous()}
    found: list[dict[str, list[Figures]]] = []
    for by, of_each in zip(groups, figures_of_each(list(spans.values()), groups), strict=True):
        beside = [beside_answers(replace(one, by=by)) for one in spans.values()]
        told = [[*rows, *more] for rows, more in zip(of_each, beside, strict=True)]
        found.append(dict(zip(spans, told, strict=True)))
    return found


def beside_answers(span: Span) -> list[Figures]:
    """By purpose what else was asked of models, the most requests first."""
    if span.by != "purpose":
        return []
    sums = read_purposes(span.since, span.until, owner=span.owner, model=span.model, server=span.server)
    beside = [purpose_row(kind, summed) for kind, summed in sums.items()]
    return sorted(beside, key=lambda row: (-row["answers"], row["key"]))


def purpose_row(kind: str, summed: Mapping[str, float]) -> Figures:
    return {
        "key": kind,
        **empty_row(),
        "answers": summed["requests"],
        "complete": summed["requests"] - summed["failures"],
        "failed": summed["failures"],
        "input": summed["input_tokens"],
        "output": summed["output_tokens"],
        "usd": summed["usd"],
        "unknown_cost": summed["unpriced"],
    }


@router.get("/leaderboard", response=Leaderboard)
async def own_leaderboard(
    request: ApiRequest,
    blind: Blind = "all",
    since: Moment = None,
    tag: str = "",
    folder: str = "",
    kind: Kind | Literal[""] = "",
    language: Annotated[str, Query(max_length=8)] = "",
) -> Any:
    """Models by how often one preferred their answers to those of others: Bradley-Terry, the best first.
    `kind` and `language` (ISO 639-1): of what was asked."""
    await current_engine().index.wait_until_written()
    board: boards.Leaderboard = await database_sync_to_async(make_leaderboard, thread_sensitive=False)(
        request.auth.owner_id,
        blind=blind,
        since=None if since is None else parse_moment(since, UTC),
        tag=tag.replace("\0", ""),
        folder=folder.replace("\0", ""),
        kind=kind,
        language=language.replace("\0", ""),
    )
    rows = [{**asdict(row), "games": row.games, "enough": row.games >= ENOUGH} for row in board.rows]
    return {"rows": rows, "kinds": board.kinds, "languages": board.languages}


def span_between(since: Moment, until: Moment, zone: tzinfo) -> tuple[datetime, datetime]:
    end = datetime.now(UTC) if until is None else parse_moment(until, zone, end=True)
    try:
        begin = end - DAYS if since is None else parse_moment(since, zone)
        # The span before has to be one too.
        begin - (end - begin)
    except OverflowError as error:
        raise too_far() from error
    if begin >= end:
        raise InvalidError(_("`since` has to be before `until`."))
    return begin, end


def parse_moment(value: datetime | date, zone: tzinfo, *, end: bool = False) -> datetime:
    """A day is its beginning, or its `end`. Without a time zone it is meant in `zone`."""
    try:
        if not isinstance(value, datetime):
            value = datetime.combine(value, time()) + timedelta(days=end)
        return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError as error:
        raise too_far() from error


def too_far() -> InvalidError:
    return InvalidError(_("`since` and `until` are too far away."))


def zone_named(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidError(_("There is no such time zone.")) from error


def as_csv(rows: Iterable[Mapping[str, Any]], decimal: Decimal | None = None) -> str:
    """One column for each figure; those of `COUNTED` as `name=number` with spaces between. The names of the
    columns stand also above no row. A spreadsheet in whose country a comma is in numbers takes semicolons to
    separate columns."""
    text = StringIO()
    with_comma = decimal == "comma"
    writer = csv.writer(text, delimiter=";" if with_comma else ",")
    writer.writerow(flatten_row({"key": "", **empty_row()}))
    for row in rows:
        cells = flatten_row(row).values()
        writer.writerow(comma_in(cell) if with_comma else cell for cell in cells)
    return text.getvalue() if decimal is None else BYTE_ORDER_MARK + text.getvalue()


def comma_in(value: Any) -> Any:
    return str(value).replace(".", ",") if isinstance(value, float) else value


def flatten_row(row: Mapping[str, Any]) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for name, value in row.items():
        if name in COUNTED:
            cells[name] = defuse_formula(" ".join(f"{code}={number}" for code, number in value.items()))
        elif isinstance(value, Mapping):
            cells |= {f"{name}_{inner}": held for inner, held in value.items()}
        else:
            cells[name] = defuse_formula(value)
    return cells


def defuse_formula(value: Any) -> Any:
    """A text with an apostrophe before it where it would be a formula."""
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value
