from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from chatbot_project.account import deletion
from chatbot_project.models import ApiToken

admin.site.site_header = admin.site.site_title = "Divan"
admin.site.index_title = _("Administration")


if TYPE_CHECKING:
    TokenAdmin = admin.ModelAdmin[ApiToken]
    UsersAdmin = UserAdmin[User]
else:
    TokenAdmin = admin.ModelAdmin
    UsersAdmin = UserAdmin


@admin.register(ApiToken)
class ApiTokenAdmin(TokenAdmin):
    """Tokens are made by `manage.py create_token`; here they are seen, given an end and revoked."""

    list_display = ("hint", "user", "created", "last_used", "expires", "outlives_password")
    fields = ("hint", "user", "created", "last_used", "expires", "outlives_password")
    readonly_fields = ("hint", "user", "created", "last_used")
    list_select_related = ("user",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


admin.site.unregister(User)


@admin.register(User)
class AccountAdmin(UsersAdmin):
    """Django's own, but that no account is deleted without a word on its data: one at a time, and not the
    administrator's own."""

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if settings.AUTH_MODE == "local" or (obj is not None and obj.pk == request.user.pk):
            return False
        return bool(super().has_delete_permission(request, obj))

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Without Django's transaction: what becomes of files would not be undone with it."""
        account = self.get_object(request, unquote(object_id))
        if account is None:
            raise Http404
        if not self.has_delete_permission(request, account):
            raise PermissionDenied
        form = deletion.DeletionForm(account, request.POST or None)
        if form.is_valid():
            self.log_deletions(request, User.objects.filter(pk=account.pk))
            name = account.get_username()
            deletion.show_result(request, name, form.delete())
            return HttpResponseRedirect(reverse("admin:auth_user_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Delete an account"),
            "subtitle": account.get_username(),
            "opts": self.opts,
            "object": account,
            "form": form,
        }
        return TemplateResponse(request, "admin/auth/user/delete_account.html", context)
