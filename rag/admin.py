"""How documents are read and asked: one page, whose values count at once."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rag import configuration, worker
from rag.models import Configuration

EFFECTS = {
    "embedding_model": _(
        "Every passage is embedded anew, in the background. Until that is done questions are answered with "
        "the vectors of the model before."
    ),
    "passage_size": _("Documents that are read from now on are cut so. The others stay as they are."),
}


@admin.register(Configuration)
class ConfigurationPage(admin.ModelAdmin):  # type: ignore[type-arg]
    fields = configuration.FIELDS

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one row only, so the list of rows leads straight to it."""
        row = Configuration.objects.first()
        if row is None:
            row = configuration.from_environment()
            row.save()
        return HttpResponseRedirect(reverse("admin:rag_configuration_change", args=[row.pk]))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None and row.follows_environment:
            configuration.take_from_environment(row)
        return row

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """To delete what was edited is to follow the environment again."""
        return bool(super().has_delete_permission(request, obj))

    def save_model(self, request: HttpRequest, obj: Configuration, form: Any, change: bool) -> None:
        if not form.changed_data:
            return
        obj.follows_environment = False
        super().save_model(request, obj, form, change)
        for name in form.changed_data:
            if name in EFFECTS:
                messages.info(request, EFFECTS[name])
        worker.wake_worker()
