"""What belongs to people: their personas, what they may spend and what they have spent."""

import re
import secrets
from base64 import b64decode

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.accounts import user_of
from core.models import OwnerField
from providers.refs import is_ref
from providers.types import Params

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
EMOJI_CHARS = 32
PICTURE_CHARS = 40_000
PICTURES = {
    "image/png": re.compile(rb"\x89PNG\r\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
}
PARAMS = frozenset(Params.__dataclass_fields__)


def new_persona_id() -> str:
    """Cannot be guessed: whoever has the link may read a shared persona."""
    return "".join(secrets.choice(ALPHABET) for _ in range(16))


def validate_params(value: object) -> None:
    """ValidationError in words where `value` is not what a lane's `params` may hold."""
    if not isinstance(value, dict):
        raise ValidationError(_("Parameters are a table of names and values."))
    for name, setting in value.items():
        if name not in PARAMS:
            raise ValidationError(_("There is no parameter %(name)s.") % {"name": str(name)[:40]})
        if not _fits(name, setting):
            raise ValidationError(_("That is not a value for %(name)s.") % {"name": name})


def _fits(name: str, value: object) -> bool:
    if value is None:
        return True
    if name == "json":
        return isinstance(value, bool)
    if name == "thinking":
        return value in ("off", "low", "medium", "high")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if name in ("temperature", "top_p"):
        return 0 <= value <= (2 if name == "temperature" else 1)
    return isinstance(value, int) and value >= (0 if name == "seed" else 1)


def validate_picture(value: str) -> None:
    """An image is told by its bytes: what claims to be one and is a page is refused."""
    if not value.startswith("data:"):
        if len(value) > EMOJI_CHARS:
            raise ValidationError(_("A picture is one emoji, or an image."))
        return
    mime, _comma, data = value.removeprefix("data:").partition(";base64,")
    try:
        head = b64decode(data, validate=True)[:12]
    except ValueError:
        head = b""
    magic = PICTURES.get(mime)
    if magic is None or not magic.match(head):
        raise ValidationError(_("The picture must be a PNG, JPEG or WebP image."))


class Persona(models.Model):
    """A lane's make-up that a person keeps under a name: for role play, or as a preset of parameters.
    `picture` is an emoji or a small image in a `data:` URL, so that it goes where the persona goes; `owner`
    an owner's id."""

    id = models.CharField(primary_key=True, max_length=16, default=new_persona_id, editable=False)
    owner = OwnerField(_("owner"), db_index=True)
    name = models.CharField(_("name"), max_length=100)
    description = models.CharField(_("description"), max_length=500, blank=True)
    picture = models.TextField(
        _("picture"), blank=True, max_length=PICTURE_CHARS, validators=[validate_picture]
    )
    model = models.CharField(
        _("model"),
        max_length=400,
        blank=True,
        help_text=_("server/model. Leave empty to use the conversation's model."),
    )
    system_prompt = models.TextField(_("system prompt"), blank=True, max_length=100_000)
    params = models.JSONField(_("parameters"), default=dict, blank=True, validators=[validate_params])
    shared = models.BooleanField(
        _("shared"), default=False, help_text=_("Other users may use it, but not change it.")
    )
    created = models.DateTimeField(_("created"), auto_now_add=True)
    updated = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("persona")
        verbose_name_plural = _("personas")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        for name in ("name", "description", "picture", "model", "system_prompt"):
            if "\x00" in getattr(self, name):
                raise ValidationError({name: _("The text holds a character that no text may hold.")})
        if self.model and not is_ref(self.model):
            raise ValidationError({"model": _("Write a model as server/model.")})


class Budget(models.Model):
    """How much may be spent, in USD. At the soft limit a person is told, at the hard one asked no more.
    A row without a user name is for everyone who has none of their own."""

    class Scope(models.TextChoices):
        DAY = "day", _("a user, each day (UTC)")
        MONTH = "user", _("a user, each month (UTC)")
        CONVERSATION = "conversation", _("one conversation, in all")

    scope = models.CharField(_("for"), max_length=12, choices=Scope.choices)
    owner = OwnerField(
        _("user"),
        blank=True,
        help_text=_("Leave empty for everyone without their own limit."),
    )
    soft_usd = models.FloatField(
        _("soft limit"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("USD. From this amount on, users are warned that little is left."),
    )
    hard_usd = models.FloatField(
        _("hard limit"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("USD. From this amount on, no model is asked."),
    )

    class Meta:
        ordering = ["scope", "owner"]
        verbose_name = _("budget")
        verbose_name_plural = _("budgets")
        constraints = [models.UniqueConstraint(fields=["scope", "owner"], name="one_budget_a_scope")]

    def __str__(self) -> str:
        return f"{self.get_scope_display()}: {self.owner or _('everyone')}"

    def clean(self) -> None:
        if self.soft_usd is None and self.hard_usd is None:
            raise ValidationError(_("Give a soft limit, a hard limit, or both."))
        if self.soft_usd is not None and self.hard_usd is not None and self.soft_usd > self.hard_usd:
            raise ValidationError(_("The soft limit must not be above the hard one."))
        if self.owner and user_of(self.owner) is None:
            raise ValidationError({"owner": _("There is no user of that name.")})


class FolderBudget(models.Model):
    """How much a person lets the conversations of a folder of theirs spend, in USD: the budget of a project.
    At the limit no model is asked there."""

    class Period(models.TextChoices):
        DAY = "day"
        MONTH = "month"
        TOTAL = "total"

    owner = OwnerField()
    folder = models.CharField(max_length=200)
    usd = models.FloatField(validators=[MinValueValidator(0)])
    period = models.CharField(max_length=5, choices=Period, default=Period.MONTH)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "folder"], name="one_budget_a_folder")]

    def __str__(self) -> str:
        return f"{self.folder}: {self.usd} USD"


class Reservation(models.Model):
    """What a request that runs may cost, in USD, held against its user's budgets until it is counted.

    Written only where there is a budget. `until`: when it counts no longer, whatever became of its process.
    """

    id = models.CharField(primary_key=True, max_length=63)
    owner = OwnerField()
    conversation = models.CharField(max_length=63, blank=True)
    folder = models.CharField(max_length=200, blank=True)
    usd = models.FloatField()
    until = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["owner"])]

    def __str__(self) -> str:
        return self.id


class Spending(models.Model):
    """What a user's requests of one kind to one model cost on one day in one conversation, summed up.
    `folder`: where it lay then. `unpriced` requests cost something that nobody knows: they are in no sum."""

    class Kind(models.TextChoices):
        ANSWER = "answer", _("answer")
        TITLE = "title", _("title")
        SUMMARY = "summary", _("summary")
        READING = "reading", _("reading")
        EMBEDDING = "embedding", _("embedding")
        TOOLS = "tools", _("tools")
        JUDGING = "judging", _("judging")
        OTHER = "other", _("other")

    day = models.DateField(_("day"))
    owner = OwnerField(_("user"))
    conversation = models.CharField(_("conversation"), max_length=40, blank=True)
    folder = models.CharField(_("folder"), max_length=200, blank=True, default="")
    model = models.CharField(_("model"), max_length=400)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    requests = models.PositiveIntegerField(_("requests"), default=0)
    failures = models.PositiveIntegerField(_("failures"), default=0)
    unpriced = models.PositiveIntegerField(_("without a price"), default=0)
    input_tokens = models.PositiveBigIntegerField(_("input tokens"), default=0)
    output_tokens = models.PositiveBigIntegerField(_("output tokens"), default=0)
    usd = models.FloatField(_("USD"), default=0.0)
    first_token_ms = models.FloatField(
        _("time to the first word"),
        default=0.0,
        help_text=_("Milliseconds, summed over the timed requests."),
    )
    timed = models.PositiveIntegerField(_("timed requests"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("spending")
        constraints = [
            models.UniqueConstraint(
                fields=["day", "owner", "conversation", "folder", "model", "kind"], name="one_sum_a_kind"
            )
        ]
        indexes = [
            models.Index(fields=["owner", "day"], name="spending_of_a_user"),
            models.Index(fields=["conversation"], name="spending_of_a_conversation"),
            models.Index(fields=["owner", "folder", "day"], name="spending_in_a_folder"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.owner} {self.model}: {self.usd:.4f} USD"
