"""What was learned of models, to look at and to forget."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from providers.learning.tool_refusals import SET_ASIDE
from providers.models import LearnedFact

REFUSED = {
    "system": gettext_lazy("no system prompts: sent with the first message"),
    "alternation": gettext_lazy("the first message must be the user's"),
    "stream": gettext_lazy("does not support streaming: the answer comes all at once"),
    "whole": gettext_lazy("supports streaming only"),
    "tools": gettext_lazy("does not support tools"),
    "thinking": gettext_lazy("does not support thinking"),
    "json": gettext_lazy("does not support JSON mode"),
}


def sentence_of(fact: LearnedFact) -> str:
    value = f"{fact.value:g}" if fact.value is not None else "?"
    match fact.kind:
        case "refused" if fact.field in REFUSED:
            return str(REFUSED[fact.field])
        case "refused" if fact.field.startswith(SET_ASIDE):
            return _("does not accept one tool, which is set aside")
        case "refused":
            return _("does not support %(field)s") % {"field": fact.field}
        case "most":
            return _("%(field)s: at most %(value)s") % {"field": fact.field, "value": value}
        case "window":
            return _("context window: %(count)s tokens") % {"count": value}
        case "input":
            return _("longest input accepted: about %(count)s tokens") % {"count": value}
        case "density":
            return _("%(value)s tokens for each estimated token") % {"value": value}
    return fact.kind


@admin.register(LearnedFact)
class LearnedFactAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Divan writes these; whoever knows better sets the model's own row, or forgets them."""

    list_display = ("model_id", "server", "fact_in_words", "forget_button", "updated", "refusal_text")
    list_filter = ("server",)
    list_select_related = ("server",)
    search_fields = ("model_id", "server__name", "reason")
    actions = ("forget",)
    fields = ("server", "model_id", "fact_in_words", "reason", "updated")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[LearnedFact]:
        return LearnedFact.objects.current().order_by(*LearnedFact._meta.ordering or ())

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.forget_one)
        own = [path("<int:number>/forget/", view, name="providers_learnedfact_forget")]
        return [*own, *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: LearnedFact | None = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("limit"), ordering="kind")
    def fact_in_words(self, row: LearnedFact) -> str:
        return sentence_of(row)

    @admin.display(description=gettext_lazy("what the server said"))
    def refusal_text(self, row: LearnedFact) -> str:
        return f"{row.reason[:120]}…" if len(row.reason) > 120 else row.reason

    @admin.display(description="")
    def forget_button(self, row: LearnedFact) -> str:
        # Within the list's own form, which has the token.
        address = reverse("admin:providers_learnedfact_forget", args=[row.pk])
        return format_html(
            '<button type="submit" class="button" formaction="{}">{}</button>', address, _("Forget")
        )

    def forget_one(self, request: HttpRequest, number: int) -> HttpResponse:
        if request.method == "POST":
            if not self.has_delete_permission(request):
                raise PermissionDenied
            self._forget(request, [get_object_or_404(LearnedFact, pk=number)])
        return redirect("admin:providers_learnedfact_changelist")

    @admin.action(description=gettext_lazy("Forget"), permissions=["delete"])
    def forget(self, request: HttpRequest, chosen: QuerySet[LearnedFact]) -> None:
        self._forget(request, list(chosen))

    def _forget(self, request: HttpRequest, facts: list[LearnedFact]) -> None:
        for fact in facts:
            fact.delete()
        names = ", ".join(sorted({f"{fact.server.name}/{fact.model_id}" for fact in facts}))
        self.message_user(request, _("Forgotten: %(names)s.") % {"names": names}, messages.SUCCESS)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without Django's own deletion, which asks again for what a button does."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions
