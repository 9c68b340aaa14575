import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db.models import (
    SET_NULL,
    BigIntegerField,
    BinaryField,
    CharField,
    DateTimeField,
    ManyToManyField,
    Model,
    OneToOneField,
    PositiveIntegerField,
    TextChoices,
    UniqueConstraint,
    UUIDField,
)
from django.utils.translation import gettext_lazy as _

EMPTY = _("Megabytes. Empty: the default; 0: no limit.")


class Owner(Model):
    """Who owns what a user makes. The id is what rows and files name, and never comes back, whatever becomes
    of the account or its name.

    `user` is null once the account is deleted: what is left is the administrator's. `name`: the user's, or
    the last they had. `former_name`: by which files name this owner that are older than ids; null for whoever
    came after them."""

    id = UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = OneToOneField(settings.AUTH_USER_MODEL, null=True, on_delete=SET_NULL, related_name="owner")
    name = CharField(_("name"), max_length=150)
    former_name = CharField(max_length=150, null=True, unique=True)  # noqa: DJ001 -- null: had none

    class Meta:
        verbose_name = _("owner")
        verbose_name_plural = _("owners")

    def __str__(self) -> str:
        return self.name


if TYPE_CHECKING:
    Text = CharField[str, str]
else:
    Text = CharField


class OwnerField(Text):
    """The id of an owner, in text: also `local`, and a name that no user had when ids came."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("max_length", 150)
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        """In the database it is text, and was before it had a class."""
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.CharField", args, options


class Quota(Model):
    """What one user may keep. A row without an owner is for everyone; where a field of a user's own row is
    empty, that row's holds, and where that is empty too, the settings. 0: no limit."""

    owner = OwnerField(
        _("user"), blank=True, unique=True, help_text=_("Leave empty for everyone without their own limit.")
    )
    attachment_mb = PositiveIntegerField(_("attachments"), null=True, blank=True, help_text=EMPTY)
    document_mb = PositiveIntegerField(_("documents"), null=True, blank=True, help_text=EMPTY)
    temporary_chats = PositiveIntegerField(
        _("temporary chats"),
        null=True,
        blank=True,
        help_text=_("How many at once. Empty: the default; 0: no limit."),
    )
    temporary_chat_mb = PositiveIntegerField(_("a temporary chat"), null=True, blank=True, help_text=EMPTY)

    class Meta:
        ordering = ["owner"]
        verbose_name = _("quota")
        verbose_name_plural = _("quotas")

    def __str__(self) -> str:
        return self.owner or str(_("everyone"))


class KeptOriginal(Model):
    """What several machines keep of an original (core/originals). `name`: its place and its hash, as
    attachments/<sha256>. `touched`: when somebody last gave it, or was about to name it. `size`: null where
    its bytes are no rows."""

    name = CharField(max_length=100, primary_key=True)
    touched = DateTimeField()
    size = BigIntegerField(null=True)

    def __str__(self) -> str:
        return self.name


class OriginalBlock(Model):
    name = CharField(max_length=100)
    number = PositiveIntegerField()
    data = BinaryField()

    class Meta:
        constraints = [UniqueConstraint(fields=("name", "number"), name="original_block")]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class Visibility(TextChoices):
    EVERYONE = "everyone", _("everyone")
    GROUPS = "groups", _("the groups chosen below")
    STAFF = "staff", _("administrators")


class HasAudience(Model):
    """A row of any app that an administrator may let some people alone see."""

    visibility = CharField(
        _("visible to"), max_length=10, choices=Visibility.choices, default=Visibility.EVERYONE
    )
    groups = ManyToManyField(
        Group,
        blank=True,
        verbose_name=_("groups"),
        help_text=_("The groups that see it, if it is for groups only."),
    )

    class Meta:
        abstract = True
