from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from conversations.attachments import AttachmentStore
from conversations.errors import StoreError
from conversations.export.archive import export_documents, stream_archive, zip_documents
from conversations.export.child_process import export_in_child
from conversations.index.indexing import index_conversation
from conversations.models import Conversation
from conversations.store.choice import current_store
from core.accounts import name_of, names_of

from . import raw, storage
from .columns import UNKNOWN, DatedRows, ReadOnly, format_moment, format_tokens, format_usd


class DamagedFilter(admin.SimpleListFilter):
    title = _("file")
    parameter_name = "damaged"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("damaged")), ("no", _("sound"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Conversation]") -> "QuerySet[Conversation]":
        match self.value():
            case "yes":
                return queryset.exclude(damage="")
            case "no":
                return queryset.filter(damage="")
        return queryset


class OwnerFilter(admin.SimpleListFilter):
    title = _("owner")
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        owners = Conversation.objects.order_by("owner").values_list("owner", flat=True).distinct()
        names = names_of(owners)
        return [(owner, names.get(owner, owner)) for owner in owners]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Conversation]") -> "QuerySet[Conversation]":
        return queryset if self.value() is None else queryset.filter(owner=self.value())


@admin.register(Conversation)
class ConversationAdmin(ReadOnly):
    list_display = (
        "title_or_id", "owner_name", "begun_at", "last_message", "message_count", "model_list",
        "token_counts", "cost", "file_size", "sound",
    )  # fmt: skip
    list_filter = (DamagedFilter, OwnerFilter, "archived", "pinned", "has_branches", "has_attachments")
    search_fields = ("id__exact", "title", "owner__exact")
    date_hierarchy = "updated"
    ordering = ("-updated",)
    show_full_result_count = False
    actions = ("export", "reindex")
    fields = (
        "id", "title", "raw_file", "owner_name", "owner", "created", "updated", "message_count",
        "answer_count", "model_list", "token_counts", "cost", "folder", "tag_list", "pinned", "archived",
        "has_branches", "has_attachments", "file_size", "damage",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Conversation]":
        return DatedRows(Conversation, using=super().get_queryset(request).db)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("storage/", view(self.show_storage), name="conversations_storage"),
            path("<str:conversation>/raw/", view(self.show_raw), name="conversations_raw"),
        ]
        return [*own, *super().get_urls()]

    @admin.display(description=_("owner"), ordering="owner")
    def owner_name(self, row: Conversation) -> str:
        return name_of(row.owner)

    @admin.display(description=_("title"), ordering="title")
    def title_or_id(self, row: Conversation) -> str:
        return row.title or row.pk

    @admin.display(description=_("begun"), ordering="created")
    def begun_at(self, row: Conversation) -> str:
        return format_moment(row.created)

    @admin.display(description=_("last message"), ordering="updated")
    def last_message(self, row: Conversation) -> str:
        return format_moment(row.updated)

    @admin.display(description=_("tokens in / out"), ordering="output_tokens")
    def token_counts(self, row: Conversation) -> str:
        return format_tokens(row.input_tokens, row.output_tokens)

    @admin.display(description=_("tags"))
    def tag_list(self, row: Conversation) -> str:
        return ", ".join(row.tags) or "-"

    @admin.display(description=_("models"))
    def model_list(self, row: Conversation) -> str:
        return ", ".join(row.models)

    @admin.display(description=_("cost (USD)"), ordering="cost_usd")
    def cost(self, row: Conversation) -> str:
        return format_usd(row.cost_usd)

    @admin.display(description=_("file size"), ordering="size")
    def file_size(self, row: Conversation) -> str:
        return filesizeformat(row.size)

    @admin.display(description=_("sound"), boolean=True, ordering="damage")
    def sound(self, row: Conversation) -> bool:
        return not row.damage

    @admin.display(description=_("file"))
    def raw_file(self, row: Conversation) -> str:
        address = reverse("admin:conversations_raw", args=[row.pk])
        return format_html('<a href="{}">{}</a>', address, _("Look at the file"))

    @admin.action(description=_("Export the selected conversations (JSON, in a zip)"), permissions=["view"])
    def export(self, request: HttpRequest, queryset: "QuerySet[Conversation]") -> StreamingHttpResponse:
        ids = sorted(queryset.values_list("pk", flat=True))
        data_dir, failed = settings.DATA_DIR, list[str]()
        found = export_documents(data_dir, ids, "json", "all", failed=failed, export=export_in_child)
        archive = zip_documents(found, AttachmentStore(data_dir), failed)
        response = StreamingHttpResponse(stream_archive(archive), content_type="application/zip")
        response["Content-Disposition"] = 'attachment; filename="conversations.zip"'
        return response

    @admin.action(description=_("Read the files of the selected conversations anew"), permissions=["view"])
    def reindex(self, request: HttpRequest, queryset: "QuerySet[Conversation]") -> None:
        store, done = current_store(), 0
        for conversation in queryset.values_list("pk", flat=True):
            try:
                index_conversation(store, conversation, whole=True)
                done += 1
            except StoreError as error:
                self.message_user(request, str(error), messages.ERROR)
        self.message_user(request, _("Conversations read anew: %(count)s") % {"count": done})

    def show_raw(self, request: HttpRequest, conversation: str) -> HttpResponse:
        row = Conversation.objects.filter(pk=conversation).first()
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        number = request.GET.get("page", "1")
        try:
            shown = int(number) if number.isascii() and number.isdigit() and len(number) < 9 else 1
            text, pages = raw.page_of(current_store(), conversation, shown)
        except StoreError as error:
            raise Http404 from error
        context = {
            **self.admin_site.each_context(request),
            "title": _("The file of %(conversation)s") % {"conversation": conversation},
            "opts": self.opts,
            "conversation": conversation,
            "text": text,
            "page": min(max(shown, 1), pages),
            "pages": range(1, pages + 1) if pages > 1 else (),
        }
        return render(request, "admin/conversations/raw.html", context)

    def show_storage(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = storage.sum_by_owner()
        names = names_of(row["owner"] for row in rows)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Storage"),
            "opts": self.opts,
            "rows": [
                {
                    **row,
                    "usd": format_usd(row["usd"]),
                    "name": names.get(row["owner"], row["owner"]) or UNKNOWN,
                }
                for row in rows
            ],
            "places": list(storage.measure_places(settings.DATA_DIR)),
        }
        return render(request, "admin/conversations/storage.html", context)
