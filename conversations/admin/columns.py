from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format, number_format
from django.utils.text import capfirst
from django.utils.timezone import get_current_timezone, localtime
from django.utils.translation import gettext_lazy as _

UNKNOWN = _("unknown")


if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin


class ReadOnly(Base):
    """Nothing can be changed here, since the files are the truth. The title of a list is what it lists."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class DatedRows(QuerySet[Any]):
    """For the admin's date hierarchy. Django asks the database to cut every row's date, which takes seconds
    at a million rows; here the index is asked for the next row after each year, month or day."""

    def datetimes(self, field_name: str, kind: str, *args: Any, **kwargs: Any) -> Any:
        return list(self._beginnings(field_name, kind))

    def _beginnings(self, field: str, kind: str) -> Iterator[datetime]:
        rows = self.order_by(field).values_list(field, flat=True)
        found = rows.first()
        while found is not None:
            begin = start_of_period(found.astimezone(get_current_timezone()), kind)
            yield begin
            found = rows.filter(**{f"{field}__gte": end_of_period(begin, kind)}).first()


def start_of_period(moment: datetime, kind: str) -> datetime:
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if kind == "day":
        return day
    return day.replace(day=1) if kind == "month" else day.replace(month=1, day=1)


def end_of_period(begin: datetime, kind: str) -> datetime:
    if kind == "year":
        return begin.replace(year=begin.year + 1)
    if kind == "month":
        return begin.replace(year=begin.year + begin.month // 12, month=begin.month % 12 + 1)
    return start_of_period(begin.fromordinal(begin.toordinal() + 1).replace(tzinfo=begin.tzinfo), "day")


def format_usd(usd: float | None) -> str:
    return str(UNKNOWN) if usd is None else number_format(usd, decimal_pos=4, force_grouping=True)


def format_moment(moment: datetime) -> str:
    return date_format(localtime(moment), "SHORT_DATETIME_FORMAT")


def format_tokens(read: int | None, written: int | None) -> str:
    counts = (
        "?" if count is None else number_format(count, force_grouping=True) for count in (read, written)
    )
    return " / ".join(counts)
