from typing import Any

from django.contrib import admin
from django.db.models import Field
from django.forms import ChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.accounts import account_choices, name_of
from core.models import Quota


class ChoosesOwner(admin.ModelAdmin):  # type: ignore[type-arg]
    """`owner` is chosen among the accounts, by name."""

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: HttpRequest, **options: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **options)
        if field is None or db_field.name != "owner":
            return field
        return ChoiceField(
            label=field.label, help_text=field.help_text, required=False, choices=account_choices
        )


@admin.register(Quota)
class QuotaAdmin(ChoosesOwner):
    list_display = ("whose", "attachment_mb", "document_mb", "temporary_chats", "temporary_chat_mb")

    @admin.display(description=gettext_lazy("user"), ordering="owner")
    def whose(self, row: Quota) -> str:
        return name_of(row.owner) if row.owner else _("everyone")
