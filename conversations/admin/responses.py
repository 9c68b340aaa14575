from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from conversations.models import Response

from .columns import DatedRows, ReadOnly, format_moment, format_tokens, format_usd

STATUSES = {
    "complete": _("complete"),
    "stopped": _("stopped"),
    "failed": _("failed"),
    "interrupted": _("interrupted"),
}
ERRORS = (
    "auth", "quota", "rate_limited", "model_not_found", "context_length", "content_blocked", "no_vision",
    "hardware", "overloaded", "unreachable", "timeout", "bad_response", "invalid", "server_error", "internal",
)  # fmt: skip
SOURCES = {
    "provider": _("charged by the service"),
    "priced": _("computed from the price list"),
    "free": _("free"),
    "unknown": _("unknown"),
}
RECENT = 2_000


class FixedFilter(admin.SimpleListFilter):
    """Its choices are known, so no list of all rows is asked for them."""

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Response]") -> "QuerySet[Response]":
        value = self.value()
        return queryset if value is None else queryset.filter(**{str(self.parameter_name): value})


class StatusFilter(FixedFilter):
    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(STATUSES.items())


class ErrorFilter(FixedFilter):
    title = _("error")
    parameter_name = "error_code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(code, code) for code in ERRORS]


class SourceFilter(FixedFilter):
    title = _("cost")
    parameter_name = "cost_source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(SOURCES.items())


class ModelFilter(FixedFilter):
    """Offers the models that answered lately."""

    title = _("model")
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        recent = Response.objects.order_by("-at").values_list("model", flat=True)[:RECENT]
        return [(model, model) for model in sorted(set(recent))]


@admin.register(Response)
class ResponseAdmin(ReadOnly):
    list_display = (
        "message", "conversation_link", "model", "outcome", "error_code", "answered_at", "token_counts",
        "cost", "first_token_ms", "total_ms", "vote",
    )  # fmt: skip
    fields = (
        "conversation_link", "message", "lane", "model", "server", "outcome", "error_code", "finish", "at",
        "token_counts", "reasoning_tokens", "cached_tokens", "cost", "cost_known_from", "first_token_ms",
        "total_ms", "vote", "preferred_over", "tie", "both_bad", "revealed",
    )  # fmt: skip
    list_filter = (StatusFilter, ErrorFilter, ModelFilter, SourceFilter)
    search_fields = ("message__exact", "conversation__id__exact", "model__startswith")
    search_help_text = _("The id of an answer or a conversation, or how a model's name begins.")
    date_hierarchy = "at"
    ordering = ("-at",)
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Response]":
        return DatedRows(Response, using=super().get_queryset(request).db)

    @admin.display(description=_("conversation"))
    def conversation_link(self, row: Response) -> str:
        address = reverse("admin:conversations_conversation_change", args=[row.conversation_id])
        return format_html('<a href="{}">{}</a>', address, row.conversation_id)

    @admin.display(description=_("status"), ordering="status")
    def outcome(self, row: Response) -> str:
        return str(STATUSES.get(row.status, row.status))

    @admin.display(description=_("time"), ordering="at")
    def answered_at(self, row: Response) -> str:
        return format_moment(row.at)

    @admin.display(description=_("tokens in / out"), ordering="output_tokens")
    def token_counts(self, row: Response) -> str:
        return format_tokens(row.input_tokens, row.output_tokens)

    @admin.display(description=_("cost (USD)"), ordering="cost_usd")
    def cost(self, row: Response) -> str:
        return format_usd(row.cost_usd)

    @admin.display(description=_("cost known from"))
    def cost_known_from(self, row: Response) -> str:
        return str(SOURCES.get(row.cost_source, row.cost_source))
