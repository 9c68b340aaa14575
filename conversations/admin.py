"""The index in the admin, to look at: the files are the truth. No message text."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from .errors import StoreError
from .index import index_conversation
from .models import Conversation, Response
from .store import FileStore

if TYPE_CHECKING:
    ConversationBase = admin.ModelAdmin[Conversation]
    ResponseBase = admin.ModelAdmin[Response]
else:
    ConversationBase = ResponseBase = admin.ModelAdmin


class ReadOnly:
    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class DamagedFilter(admin.SimpleListFilter):
    title = "file"
    parameter_name = "damaged"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "damaged"), ("no", "sound")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Conversation]") -> "QuerySet[Conversation]":
        match self.value():
            case "yes":
                return queryset.exclude(damage="")
            case "no":
                return queryset.filter(damage="")
        return queryset


@admin.register(Conversation)
class ConversationAdmin(ReadOnly, ConversationBase):
    list_display = (
        "id", "title", "owner", "updated", "message_count", "model_list", "input_tokens", "output_tokens",
        "cost", "size", "sound",
    )  # fmt: skip
    list_filter = (DamagedFilter, "archived", "pinned", "has_branches", "has_attachments")
    search_fields = ("id", "title", "owner")
    date_hierarchy = "updated"
    ordering = ("-updated",)
    show_full_result_count = False
    actions = ("reindex",)
    exclude = ("tail", "mtime_ns", "has_hidden")

    @admin.display(description="models")
    def model_list(self, row: Conversation) -> str:
        return ", ".join(row.models)

    @admin.display(description="cost (USD)", ordering="cost_usd")
    def cost(self, row: Conversation) -> str:
        return "unknown" if row.cost_usd is None else f"{row.cost_usd:.4f}"

    @admin.display(description="file", boolean=True, ordering="damage")
    def sound(self, row: Conversation) -> bool:
        return not row.damage

    @admin.action(description="Read the files of the selected conversations anew", permissions=["view"])
    def reindex(self, request: HttpRequest, queryset: "QuerySet[Conversation]") -> None:
        store, done = FileStore(settings.DATA_DIR), 0
        for conversation in queryset.values_list("pk", flat=True):
            try:
                index_conversation(store, conversation, whole=True)
                done += 1
            except StoreError as error:
                self.message_user(request, str(error), messages.ERROR)
        self.message_user(request, f"{done} conversations were read anew.")


@admin.register(Response)
class ResponseAdmin(ReadOnly, ResponseBase):
    list_display = (
        "message", "conversation", "model", "status", "error_code", "at", "input_tokens", "output_tokens",
        "cost_usd", "cost_source", "first_token_ms", "total_ms", "vote",
    )  # fmt: skip
    list_filter = ("status", "error_code", "server", "cost_source")
    search_fields = ("message", "conversation__id", "model")
    date_hierarchy = "at"
    ordering = ("-at",)
    show_full_result_count = False
