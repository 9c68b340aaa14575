"""Servers and models in Django's admin."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from providers import registry, server_urls
from providers.checking import Checked, check_all
from providers.fetching import add_rows
from providers.forms import ModelForm, ServerForm
from providers.health import describe
from providers.models import Budget, Model, Persona, Server, Spending
from providers.setup import add_presets, ensure_servers


def counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def sentence_of(checked: Checked) -> str:
    if checked.error is None:
        found = f"{counted(len(checked.models), 'model')}, {checked.latency_ms:.0f} ms"
        return f"Server {checked.server.name} answers: {found}."
    detail = f" ({checked.error.detail[:200]})" if checked.error.detail else ""
    return f"Server {checked.server.name}: {describe(checked.error)}{detail}"


@admin.register(Server)
class ServerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = ServerForm
    list_display = (
        "name",
        "provider",
        "address",
        "answers",
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
        ("Access", {"fields": ("new_key", "remove_key", "new_headers", "remove_headers")}),
        (
            "Limits",
            {
                "fields": (
                    "max_concurrent",
                    "requests_per_minute",
                    "connect_timeout",
                    "first_byte_timeout",
                    "chunk_timeout",
                )
            },
        ),
        ("Sharing work", {"fields": ("group",), "classes": ("collapse",)}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without the fields that the form leaves out: there is no key to remove."""
        there = set(self.get_form(request, obj)(instance=obj).fields)
        return [
            (title, {**options, "fields": [name for name in options["fields"] if name in there]})
            for title, options in self.fieldsets
        ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        # The fields named in `fieldsets` are partly the form's own, which the model does not know.
        return super().get_form(request, obj, change, **{**kwargs, "fields": ServerForm.Meta.fields})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Server]:
        found: QuerySet[Server] = super().get_queryset(request)
        return found.annotate(number=Count("models"))

    @admin.display(description="address", ordering="base_url")
    def address(self, row: Server) -> str:
        return server_urls.redact(row.base_url) or "the provider's own"

    @admin.display(description="answers", boolean=True)
    def answers(self, row: Server) -> bool | None:
        """As this process last saw it; None: not asked yet."""
        state = registry.registry().catalogue.known(row.name)
        return None if state is None or state.checked_at is None else state.error is None

    @admin.display(description="set models", ordering="number")
    def model_count(self, row: Server) -> str:
        number: int = row.number  # type: ignore[attr-defined]
        address = reverse("admin:providers_model_changelist")
        return format_html('<a href="{}?server__id__exact={}">{}</a>', address, row.pk, number)

    @admin.display(description="key")
    def has_key(self, row: Server) -> str:
        return "kept" if row.key else ""

    @admin.display(description="from")
    def source(self, row: Server) -> str:
        return ".env" if row.follows_environment else "here"

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
                "The key belonged to the old address and was removed. Enter the key of the new one.",
                messages.WARNING,
            )

    @admin.action(description="Check the connection")
    def check_connection(self, request: HttpRequest, chosen: QuerySet[Server]) -> None:
        for checked in check_all(server.config() for server in chosen):
            level = messages.ERROR if checked.error else messages.SUCCESS
            self.message_user(request, sentence_of(checked), level)

    @admin.action(description="Fetch the models")
    def fetch_models(self, request: HttpRequest, chosen: QuerySet[Server]) -> None:
        servers = list(chosen)
        for server, checked in zip(servers, check_all(row.config() for row in servers), strict=True):
            if checked.error:
                self.message_user(request, sentence_of(checked), messages.ERROR)
                continue
            made, gone = add_rows(server, checked.models)
            number = counted(len(checked.models), "model")
            found = f"{number}, {made} new here, {gone} no longer there"
            self.message_user(request, f"Server {server.name}: {found}.", messages.SUCCESS)

    @admin.action(description="Enable")
    def enable(self, request: HttpRequest, chosen: QuerySet[Server]) -> None:
        self._switch(request, chosen, True)

    @admin.action(description="Disable")
    def disable(self, request: HttpRequest, chosen: QuerySet[Server]) -> None:
        self._switch(request, chosen, False)

    def _switch(self, request: HttpRequest, chosen: QuerySet[Server], enabled: bool) -> None:
        for server in chosen:
            server.enabled, server.follows_environment = enabled, False
            server.save(update_fields=["enabled", "follows_environment", "updated"])
        self.message_user(request, f"{len(chosen)} {'enabled' if enabled else 'disabled'}.")

    @admin.action(description="Take address and key from the environment again")
    def follow_environment(self, request: HttpRequest, chosen: QuerySet[Server]) -> None:
        for server in chosen:
            server.follows_environment = True
            server.save(update_fields=["follows_environment", "updated"])
        ensure_servers()
        self.message_user(request, "They follow the environment. One that it does not name is disabled.")


@admin.register(Model)
class ModelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
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
            "Defaults of a lane",
            {
                "fields": (
                    "system_prompt",
                    ("temperature", "top_p", "top_k"),
                    ("max_tokens", "context_length"),
                    ("thinking", "streaming"),
                ),
                "description": "What a person sets for a lane goes before these.",
            },
        ),
        ("What it is", {"fields": ("capabilities", ("price_input", "price_output"))}),
        ("Who sees it", {"fields": ("visibility", "groups")}),
    )

    @admin.display(description="price in / out")
    def price(self, row: Model) -> str:
        pricing = row.pricing()
        return f"{pricing.input:g} / {pricing.output:g}" if pricing else ""

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        obj.edited = True
        super().save_model(request, obj, form, change)

    @admin.action(description="Enable")
    def enable(self, request: HttpRequest, chosen: QuerySet[Model]) -> None:
        self._switch(request, chosen, True)

    @admin.action(description="Disable")
    def disable(self, request: HttpRequest, chosen: QuerySet[Model]) -> None:
        self._switch(request, chosen, False)

    def _switch(self, request: HttpRequest, chosen: QuerySet[Model], enabled: bool) -> None:
        for model in chosen:
            model.enabled = enabled
            model.edited = True
            model.save(update_fields=["enabled", "edited", "updated"])
        self.message_user(request, f"{len(chosen)} {'enabled' if enabled else 'disabled'}.")


@admin.register(Budget)
class BudgetAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("scope", "username", "soft_usd", "hard_usd")
    list_filter = ("scope",)
    search_fields = ("username",)


@admin.register(Persona)
class PersonaAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "owner", "model", "shared", "updated")
    list_filter = ("shared",)
    search_fields = ("name", "owner", "model")


@admin.register(Spending)
class SpendingAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Sums, to be read; corrections would make the budgets lie."""

    list_display = ("day", "username", "model", "kind", "requests", "unpriced", "usd")
    list_filter = ("kind", "day")
    search_fields = ("username", "model", "conversation")
    date_hierarchy = "day"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Spending | None = None) -> bool:
        return False
