"""What an administrator says of tools, and whether the web can be searched."""

from typing import Any

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from chat.models import ToolRule, ToolServer
from providers.models import parse_headers
from providers.types import Secret
from providers.wire.server_urls import redact_url

TRIED = "Divan"
"""What is searched for to see whether anything can be."""


@admin.register(ToolRule)
class ToolRuleAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("tool", "policy")
    list_filter = ("policy",)
    search_fields = ("tool",)

    def get_urls(self) -> list[URLPattern]:
        view: Any = self.admin_site.admin_view(require_POST(self.check_search))
        return [path("check-search/", view, name="chat_check_search"), *super().get_urls()]

    def check_search(self, request: HttpRequest) -> HttpResponse:
        """Searches once with the configured service, and says what to mend."""
        from chat.tools.search import SearchError, current_search, search

        if not self.has_change_permission(request):
            raise PermissionDenied
        try:
            found = async_to_sync(search)(async_to_sync(current_search)(), TRIED, 3)
        except SearchError as error:
            messages.error(request, str(error))
        else:
            said = ngettext(
                "The web can be searched: %(count)d result.",
                "The web can be searched: %(count)d results.",
                len(found),
            )
            messages.success(request, said % {"count": len(found)})
        return redirect("admin:chat_toolrule_changelist")


class ToolServerForm(forms.ModelForm):  # type: ignore[type-arg]
    """Headers and the client's secret go in and never come out. They belong to the address that they were
    typed for."""

    new_headers = forms.CharField(
        label=gettext_lazy("Headers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField", "autocomplete": "off"}),
        help_text=gettext_lazy(
            "One 'Name: value' a line, sent with each request. Kept encrypted; values are never shown again. "
            "Empty: as they are. They go when the address changes."
        ),
    )
    remove_headers = forms.BooleanField(label=gettext_lazy("Remove the headers"), required=False)
    new_client_secret = forms.CharField(
        label=gettext_lazy("Client secret"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("Kept encrypted, and never shown again. Empty: as it is."),
    )

    class Meta:
        model = ToolServer
        fields = ("name", "url", "allow_private", "client_id", "visibility", "groups", "enabled")

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        # Left out it stays as it is.
        self.fields["visibility"].required = False

    def clean_new_headers(self) -> str:
        text: str = self.cleaned_data["new_headers"]
        parse_headers(text)
        return text

    def clean(self) -> dict[str, Any]:
        from chat.tools.mcp.entries import ServerEntryError, make_endpoint

        cleaned = super().clean() or {}
        headers = tuple(parse_headers(cleaned.get("new_headers") or "").items())
        if "url" in cleaned:
            try:
                make_endpoint("", cleaned["url"], headers, guarded=True)
            except ServerEntryError as error:
                raise ValidationError(str(error.reason)) from error
        return cleaned

    def save(self, commit: bool = True) -> Any:
        if self.cleaned_data.get("remove_headers") or "url" in self.changed_data:
            self.instance.headers = Secret()
        if "url" in self.changed_data or not self.cleaned_data.get("client_id"):
            self.instance.client_secret = Secret()
        if secret := self.cleaned_data.get("new_client_secret"):
            self.instance.client_secret = Secret(secret)
        if headers := self.cleaned_data.get("new_headers"):
            self.instance.headers = Secret(headers)
        return super().save(commit)


@admin.register(ToolServer)
class ToolServerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = ToolServerForm
    fieldsets = (
        (None, {"fields": ("name", "url", "allow_private", "new_headers", "remove_headers", "enabled")}),
        (
            gettext_lazy("Signing in (OAuth)"),
            {
                "fields": ("client_id", "new_client_secret"),
                "description": gettext_lazy(
                    "People sign in in Settings → Tools. Needed only where the service registers no clients "
                    "by itself; the address to come back to is /oauth/callback of this site."
                ),
            },
        ),
        (gettext_lazy("Who sees it"), {"fields": ("visibility", "groups")}),
    )
    filter_horizontal = ("groups",)
    list_display = ("name", "address", "has_headers", "allow_private", "visibility", "enabled")
    list_editable = ("enabled",)
    search_fields = ("name", "url")
    actions = ("check_connection",)

    @admin.display(description=gettext_lazy("address"), ordering="url")
    def address(self, row: ToolServer) -> str:
        return redact_url(row.url)

    @admin.display(description=gettext_lazy("headers"))
    def has_headers(self, row: ToolServer) -> str:
        return _("kept") if row.headers else ""

    def save_model(self, request: HttpRequest, obj: ToolServer, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if obj.enabled and set(form.changed_data) - {"enabled"}:
            # Not within the transaction: nobody else could write while the server is being asked.
            transaction.on_commit(lambda: self._check(request, [obj]))

    @admin.action(description=gettext_lazy("Check the connection"))
    def check_connection(self, request: HttpRequest, chosen: QuerySet[ToolServer]) -> None:
        self._check(request, list(chosen))

    def _check(self, request: HttpRequest, rows: list[ToolServer]) -> None:
        from chat.tools.mcp.checking import check_entries
        from chat.tools.mcp.entries import Entry, ServerEntryError
        from chat.tools.mcp.rows import endpoint_of

        entries: list[Entry] = []
        for row in rows:
            try:
                entries.append(endpoint_of(row))
            except ServerEntryError as error:
                messages.error(request, f"‘{row.name}’: {error.reason}")
        for checked in check_entries(entries):
            if checked.reason:
                messages.error(request, f"‘{checked.name}’: {checked.reason}")
            else:
                said = ngettext("%(count)d tool.", "%(count)d tools.", checked.tools) % {
                    "count": checked.tools
                }
                messages.success(request, f"‘{checked.name}’: {said}")
