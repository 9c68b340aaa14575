"""What is kept of a person. A file `<kind>.json` holds `{"format", "<kind>": [rows]}`, each row with its
`id`, by which it is known in the database too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import DateTimeField, Model, QuerySet
from django.utils import timezone

from chat.models import LaneSet, Memory, Preferences, Project, Prompt, Remembered, Share, ToolChoice, Upload
from providers.models import FolderBudget, Persona
from rag.models import Collection, Document


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    model: type[Model]
    fields: Sequence[str]

    def rows(self, owner: str) -> "QuerySet[Any]":
        return self.model._default_manager.filter(owner=owner).order_by("pk")

    def owners(self) -> set[str]:
        return set(self.model._default_manager.order_by().values_list("owner", flat=True).distinct())

    def owner_of(self, row: Any) -> str:
        return str(row.owner)

    def values(self, row: Any) -> dict[str, Any]:
        return {"id": row.pk, **{name: getattr(row, name) for name in self.fields}}

    def make(self, owner: str, values: dict[str, Any]) -> Model:
        """Not saved. Fields that this version does not know are passed over."""
        return self.model(pk=values["id"], owner=owner, **{**self.made_now(), **self.known_fields(values)})

    def made_now(self) -> dict[str, Any]:
        """The times that a save sets, which a file need not name."""
        times = [field for field in self.model._meta.concrete_fields if isinstance(field, DateTimeField)]
        return {field.name: timezone.now() for field in times if field.auto_now or field.auto_now_add}

    def known_fields(self, values: dict[str, Any]) -> dict[str, Any]:
        fields = {field.name: field for field in self.model._meta.concrete_fields}
        return {name: fields[name].to_python(values[name]) for name in self.fields if name in values}


class Documents(Kind):
    """Their originals lie in DATA_DIR/documents; what was cut from them is made again."""

    def rows(self, owner: str) -> "QuerySet[Any]":
        return Document.objects.filter(collection__owner=owner).select_related("collection").order_by("pk")

    def owners(self) -> set[str]:
        return set(Collection.objects.filter(documents__isnull=False).values_list("owner", flat=True))

    def owner_of(self, row: Any) -> str:
        return str(row.collection.owner)

    def values(self, row: Any) -> dict[str, Any]:
        return {**Kind.values(self, row), "conversation": row.collection.conversation}

    def make(self, owner: str, values: dict[str, Any]) -> Model:
        conversation = values.get("conversation", "")
        into = Collection.objects.get_or_create(owner=owner, conversation=conversation)[0]
        return Document(pk=values["id"], collection=into, **self.known_fields(values))


KINDS: Sequence[Kind] = (
    Kind("memory", Memory, ("about", "style")),
    Kind("preferences", Preferences, ("values",)),
    Kind("remembered", Remembered, ("text", "on")),
    Kind("prompts", Prompt, ("name", "text", "shared", "starter")),
    Kind("lane_sets", LaneSet, ("name", "lanes", "mode", "history", "relay", "default")),
    Kind("projects", Project, ("folder", "instructions", "documents", "lanes", "tools", "web")),
    Kind("folder_budgets", FolderBudget, ("folder", "usd", "period")),
    Kind(
        "personas",
        Persona,
        (
            "name",
            "description",
            "picture",
            "model",
            "system_prompt",
            "params",
            "shared",
            "created",
            "updated",
        ),
    ),
    Kind("tools", ToolChoice, ("tool", "policy")),
    Kind("uploads", Upload, ("sha256", "name", "mime", "size", "created")),
    Kind(
        "shares",
        Share,
        (
            *("conversation", "digest", "hint", "branch", "head", "messages", "attachments", "calls"),
            *("created", "expires"),
        ),
    ),
    Documents("documents", Document, ("sha256", "name", "kind", "url", "size", "made")),
)
KIND_OF = {kind.model: kind for kind in KINDS}
