from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from chatbot_project.models import ApiToken

admin.site.site_header = admin.site.site_title = "Divan"
admin.site.index_title = _("Administration")


if TYPE_CHECKING:
    TokenAdmin = admin.ModelAdmin[ApiToken]
else:
    TokenAdmin = admin.ModelAdmin


@admin.register(ApiToken)
class ApiTokenAdmin(TokenAdmin):
    """Tokens are made by `manage.py create_token`; here they are seen, given an end and revoked."""

    list_display = ("hint", "user", "created", "last_used", "expires", "outlives_password")
    fields = ("hint", "user", "created", "last_used", "expires", "outlives_password")
    readonly_fields = ("hint", "user", "created", "last_used")
    list_select_related = ("user",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
