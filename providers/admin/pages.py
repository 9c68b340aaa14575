"""Servers, models, budgets and personas in Django's admin."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.accounts import name_of
from core.admin import ChoosesOwner
from providers import registry
from providers.admin.forms import ModelForm, ServerForm
from providers.admin.health import health_of, sentence_of
from providers.catalogue.checking import check_servers
from providers.catalogue.fetching import add_rows
from providers.configuration.setup import add_presets, follow_environment
from providers.models import Budget, Model, Persona, Server, Spending
from providers.wire import server_urls

PATIENCE_AFTER_SAVING = 3.0
"""Seconds that a person waits for their save, if the server does not answer."""

WHAT_MATTERS = {"provider", "base_url", "new_key", "remove_key", "new_headers", "remove_headers"}


class Switches(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that are switched on and off."""

    def switch(self, request: HttpRequest, chosen: QuerySet[Any], enabled: bool, **more: Any) -> None:
        for row in chosen:
            for name, value in {"enabled": enabled, **more}.items():
                setattr(row, name, value)
            row.save(update_fields=["enabled", *more, "updated"])
        said = _("Enabled: %(names)s.") if enabled else _("Disabled: %(names)s.")
        self.message_user(request, said % {"names": ", ".join(map(str, chosen))}, messages.SUCCESS)


@admin.register(Server)
class ServerAdmin(Switches):
    form = ServerForm
    list_display = (
        "name",
        "health",
        "provider",
        "address",
        "model_count",
        "has_key",
        "source",
        "enabled",
        "order",
    )
    list_editable = ("enabled", "order")
    search_fields = ("name", "base_url")
    actions = ("check_connection", "fetch_models", "enable", "disable", "follow_environment")
    save_on_top = True
    fieldsets = (
        (None, {"fields": ("name", "provider", "base_url", "enabled", "order")}),
        (gettext_lazy("Access"), {"fields": ("new_key", "remove_key", "new_headers", "remove_headers")}),
        (
            gettext_lazy("Limits"),
            {
                "fields": (
                    "max_concurrent",
                    "requests_per_minute",
                    "listed_only",
                    "connect_timeout",
                    "first_byte_timeout",
                    "chunk_timeout",
                )
            },
        ),
        (gettext_lazy("Who sees it"), {"fields": ("visibility", "groups")}),
        (gettext_lazy("Sharing work"), {"fields": ("group",), "classes": ("collapse",)}),
    )
    filter_horizontal = ("groups",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without the fields that the form leaves out: there is no key to remove."""
        there = set(self.get_form(request, obj)(instance=obj).fields)
        known = [
            (title, {**options, "fields": [name for name in options["fields"] if name in there]})
            for title, options in self.fieldsets
        ]
        return [(title, options) for title, options in known if options["fields"]]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        # The fields named in `fieldsets` are partly the form's own, which the model does not know.
        return super().get_form(request, obj, change, **{**kwargs, "fields": ServerForm.Meta.fields})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Server]:
        found: QuerySet[Server] = super().get_queryset(request)
        return found.annotate(number=Count("models"))

    @admin.display(description=gettext_lazy("address"), ordering="base_url")
    def address(self, row: Server) -> str:
        return server_urls.redact_url(row.base_url) or _("the provider's own")

    @admin.display(description=gettext_lazy("health"))
    def health(self, row: Server) -> str:
        """The server's health as this process last saw it."""
        told = health_of(row)
        return format_html(
            '<span class="health" data-status="{}"{}>{}</span>',
            told.status,
            format_html(' title="{}"', told.when) if told.when else "",
            told.words,
        )

    @admin.display(description=gettext_lazy("set models"), ordering="number")
    def model_count(self, row: Server) -> str:
        number: int = row.number  # type: ignore[attr-defined]
        address = reverse("admin:providers_model_changelist")
        return format_html('<a href="{}?server__id__exact={}">{}</a>', address, row.pk, number)

    @admin.display(description=gettext_lazy("key"))
    def has_key(self, row: Server) -> str:
        return _("kept") if row.key else ""

    @admin.display(description=gettext_lazy("from"))
    def source(self, row: Server) -> str:
        return ".env" if row.follows_environment else _("here")

    def save_model(self, request: HttpRequest, obj: Server, form: Any, change: bool) -> None:
        moved = change and {"base_url", "provider"} & set(form.changed_data)
        had_key = change and bool(Server.objects.get(pk=obj.pk).key)
        obj.follows_environment = False
        super().save_model(request, obj, form, change)
        if not change:
            add_presets(obj)
        if moved and had_key and not obj.key:
            self.message_user(
                request,
                _("The key belonged to the old address and was removed. Enter the key of the new one."),
                messages.WARNING,
            )
        if obj.enabled and WHAT_MATTERS & set(form.changed_data):
            # Not within the transaction: nobody else could write while the server is being asked.
            transaction.on_commit(lambda: self._check(request, [obj], PATIENCE_AFTER_SAVING))

    @admin.action(description=gettext_lazy("Check the connection"))
    def check_connection(self, request: HttpRequest, chosen: QuerySet[Server]) -> None:
        self._check(request, list(chosen))

    def _check(self, request: HttpRequest, servers: list[Server], *patience: float) -> list[Any]:
        """Says how each server does; gives what came of those that answer."""
        outcomes = check_servers((server.config() for server in servers), *patience)
        for checked in outcomes:
            registry.note_check(checked.server.name, checked.error, checked.latency_ms)
            level = messages.ERROR if checked.error else messages.SUCCESS
            self.message_user(request, sentence_of(checked), level)
        return [(server, one) for server, one in zip(servers, outcomes, strict=True) if not one.error]

    @admin.action(description=gettext_lazy("Fetch the models"))
    def fetch_models(self, request: HttpRequest, chosen: QuerySet[Server]) -> None:
        for server, checked in self._check(request, list(chosen)):
            made, gone = add_rows(server, checked.models)
            said = _("Server %(server)s: %(made)s new here, %(gone)s no longer there.")
            self.message_user(
                request, said % {"server": server.name, "made": made, "gone": gone}, messages.SUCCESS
            )

    @admin.action(description=gettext_lazy("Enable"))
    def enable(self, request: HttpRequest, chosen: QuerySet[Server]) -> None:
        self.switch(request, chosen, True, follows_environment=False)

    @admin.action(description=gettext_lazy("Disable"))
    def disable(self, request: HttpRequest, chosen: QuerySet[Server]) -> None:
        self.switch(request, chosen, False, follows_environment=False)

    @admin.action(description=gettext_lazy("Use address and key of the environment again"))
    def follow_environment(self, request: HttpRequest, chosen: QuerySet[Server]) -> None:
        for server in chosen:
            server.follows_environment = True
            server.save(update_fields=["follows_environment", "updated"])
        follow_environment()
        self.message_user(request, _("They follow the environment. One that it does not name is disabled."))


@admin.register(Model)
class ModelAdmin(Switches):
    form = ModelForm
    list_display = ("model_id", "server", "name", "enabled", "order", "price", "visibility")
    list_editable = ("enabled", "order")
    list_filter = ("server", "enabled", "visibility")
    list_select_related = ("server",)
    list_per_page = 50
    search_fields = ("model_id", "name", "server__name")
    actions = ("enable", "disable")
    filter_horizontal = ("groups",)
    save_on_top = True
    fieldsets = (
        (None, {"fields": ("server", "model_id", "name", "candidates", "enabled", "order")}),
        (
            gettext_lazy("Defaults of a lane"),
            {
                "fields": (
                    "system_prompt",
                    ("temperature", "top_p", "top_k"),
                    ("max_tokens", "context_length"),
                    ("thinking", "streaming"),
                ),
                "description": gettext_lazy("What a person sets for a lane goes before these."),
            },
        ),
        (gettext_lazy("What it is"), {"fields": ("capabilities", ("price_input", "price_output"))}),
        (gettext_lazy("Who sees it"), {"fields": ("visibility", "groups")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without the parameters that the model's provider does not know."""
        there = set(self.get_form(request, obj)(instance=obj).fields)
        return [
            (title, {**options, "fields": list(known_fields(options["fields"], there))})
            for title, options in self.fieldsets
        ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        # `fieldsets` asks the form, which would ask `fieldsets`.
        return super().get_form(request, obj, change, **{**kwargs, "fields": None})

    @admin.display(description=gettext_lazy("price in / out"))
    def price(self, row: Model) -> str:
        pricing = row.pricing()
        return f"{pricing.input:g} / {pricing.output:g}" if pricing else ""

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        obj.edited = True
        super().save_model(request, obj, form, change)

    @admin.action(description=gettext_lazy("Enable"))
    def enable(self, request: HttpRequest, chosen: QuerySet[Model]) -> None:
        self.switch(request, chosen, True, edited=True)

    @admin.action(description=gettext_lazy("Disable"))
    def disable(self, request: HttpRequest, chosen: QuerySet[Model]) -> None:
        self.switch(request, chosen, False, edited=True)


def known_fields(fields: Any, known: set[str]) -> Any:
    for field in fields:
        if isinstance(field, tuple):
            if kept := tuple(name for name in field if name in known):
                yield kept
        elif field in known:
            yield field


@admin.register(Budget)
class BudgetAdmin(ChoosesOwner):
    list_display = ("scope", "owner_name", "soft_usd", "hard_usd")
    list_filter = ("scope",)

    @admin.display(description=gettext_lazy("user"), ordering="owner")
    def owner_name(self, row: Budget) -> str:
        return name_of(row.owner)


@admin.register(Persona)
class PersonaAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "owner_name", "model", "shared", "updated")
    list_filter = ("shared",)
    search_fields = ("name", "owner", "model")

    @admin.display(description=gettext_lazy("owner"), ordering="owner")
    def owner_name(self, row: Persona) -> str:
        return name_of(row.owner)


@admin.register(Spending)
class SpendingAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Sums can only be looked at: a budget is judged by them, and a changed one would be wrong."""

    list_display = ("day", "owner_name", "model", "kind", "requests", "unpriced", "usd")
    list_filter = ("kind", "day")
    search_fields = ("owner", "model", "conversation")
    date_hierarchy = "day"

    @admin.display(description=gettext_lazy("user"), ordering="owner")
    def owner_name(self, row: Spending) -> str:
        return name_of(row.owner)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Spending | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Spending | None = None) -> bool:
        return False
