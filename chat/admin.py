"""What an administrator says of tools."""

from django.contrib import admin

from chat.models import ToolRule


@admin.register(ToolRule)
class ToolRuleAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("tool", "policy")
    list_filter = ("policy",)
    search_fields = ("tool",)
