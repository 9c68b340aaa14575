"""What an administrator says of tools, and whether the web can be searched."""

from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from chat.models import ToolRule

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
        from chat.tools.search import SearchError, search

        if not self.has_change_permission(request):
            raise PermissionDenied
        try:
            found = async_to_sync(search)(TRIED, 3)
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
