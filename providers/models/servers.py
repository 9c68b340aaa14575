"""What an administrator configures: servers, and what is set for single models.

A `Model` row is never needed: a server's own list is the truth of what it has. A row only adds to it
(defaults, a price, who sees it), or stands for the first of several ids that the server has (`candidates`).
Refreshing a list writes no row.
"""

import re
from collections.abc import Collection
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import HasAudience
from providers import connectors
from providers.crypto import EncryptedTextField
from providers.types import Params, Pricing, Secret, ServerConfig, Timeouts
from providers.wire import server_urls

# They stand where a server's name stands in the addresses below /api/models.
RESERVED_NAMES = frozenset(
    {
        "budget",
        "estimate",
        "loaded",
        "personas",
        "providers",
        "pulls",
        "search",
        "server",
        "servers",
        "suggest",
    }
)
CAPABILITIES = ("chat", "vision", "tools", "thinking", "embeddings")
server_name = RegexValidator(
    r"^[a-z0-9][a-z0-9._-]{0,62}\Z", _("Use small letters, digits, '.', '_' and '-', and no '/'.")
)
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def parse_headers(text: str) -> dict[str, str]:
    """One `Name: value` a line. ValidationError where a line is none."""
    headers: dict[str, str] = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        name, colon, value = line.partition(":")
        if not colon or not HEADER_NAME.fullmatch(name.strip()):
            raise ValidationError(_("Write one header a line, as 'Name: value'."))
        if not value.isprintable():
            raise ValidationError(
                _("The value of %(name)s holds characters that no header may hold.") % {"name": name.strip()}
            )
        headers[name.strip()] = value.strip()
    return headers


def validate_key(text: str) -> None:
    if not text.isprintable() or any(letter.isspace() for letter in text):
        raise ValidationError(_("A key is one word without spaces. Was more copied than the key?"))


def provider_choices() -> list[tuple[str, str]]:
    return [(name, str(declared.label)) for name, declared in connectors.PROVIDERS.items()]


def seconds_field(label: Any, help_text: Any) -> Any:
    return models.FloatField(
        label,
        null=True,
        blank=True,
        validators=[MinValueValidator(0.1), MaxValueValidator(3600)],
        help_text=help_text,
    )


class Server(HasAudience):
    """One configured endpoint. `follows_environment` rows are rewritten when the environment changes;
    an administrator's first edit ends that."""

    name = models.CharField(
        _("name"),
        max_length=63,
        unique=True,
        validators=[server_name],
        help_text=_("Prefix of its models' names: name/model. Do not change it: conversations use it."),
    )
    provider = models.CharField(_("provider"), max_length=20, choices=provider_choices)
    base_url = models.CharField(
        _("address"),
        max_length=500,
        blank=True,
        help_text=_("For example http://gpu.lan:11434. Leave empty for the public address."),
    )
    key = EncryptedTextField(_("key"), blank=True, default=Secret)
    headers = EncryptedTextField(_("headers"), blank=True, default=Secret)
    group = models.CharField(
        _("group"),
        max_length=63,
        blank=True,
        validators=[server_name],
        help_text=_(
            "Servers of one group share work: group/model goes to one that has the model loaded, else to the "
            "least busy."
        ),
    )
    connect_timeout = seconds_field(
        _("time to connect"),
        _("Seconds until it must accept a connection. Empty: as in the settings."),
    )
    first_byte_timeout = seconds_field(
        _("time to the first word"),
        _("Seconds until an answer must begin. Empty: as in the settings."),
    )
    chunk_timeout = seconds_field(
        _("time between words"),
        _("Seconds that may pass between two pieces of an answer. Empty: as in the settings."),
    )
    max_concurrent = models.PositiveIntegerField(
        _("requests at once"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("More requests wait in a queue. Leave empty for no limit."),
    )
    requests_per_minute = models.PositiveIntegerField(
        _("requests a minute"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("More requests wait in a queue. Leave empty for no limit."),
    )
    listed_only = models.BooleanField(
        _("listed models only"),
        null=True,
        blank=True,
        help_text=_("Refuse models that are not listed. Unknown: yes where users have accounts."),
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    order = models.PositiveIntegerField(_("order"), default=50, help_text=_("Lower numbers come first."))
    follows_environment = models.BooleanField(
        default=False, editable=False, help_text="Not edited since the environment made it."
    )
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["order", "name"]
        verbose_name = _("server")
        verbose_name_plural = _("servers")

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A key belongs to the address that it was typed for: where the address or the provider changes
        and the key was not typed anew, the key goes, and the headers with it."""
        address = getattr(self, "_address", None)
        moved = address is not None and address != (self.base_url, self.provider)
        if moved and self.key is self._key:
            self.key = self.headers = Secret()
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "key", "headers"}
        super().save(*args, **kwargs)
        if moved:
            # What was learned was learned of other models.
            self.learned.all().delete()
        self._remember()

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], **more: Any
    ) -> Self:
        row = super().from_db(db, field_names, values, **more)
        row._remember()
        return row

    def _remember(self) -> None:
        loaded = self.__dict__
        self._address = loaded.get("base_url"), loaded.get("provider")
        self._key = loaded.get("key")

    def clean(self) -> None:
        if self.name in RESERVED_NAMES:
            raise ValidationError(
                {"name": _("'%(name)s' is a word of the API. Choose another name.") % {"name": self.name}}
            )
        declared = connectors.declaration_of(self.provider)
        try:
            self.base_url = declared.api_root(server_urls.normalize_url(self.base_url))
        except server_urls.AddressError as error:
            raise ValidationError({"base_url": str(error)}) from error
        if declared.needs_address and not self.base_url:
            raise ValidationError({"base_url": _("A server of this provider needs its address.")})
        others = Server.objects.exclude(pk=self.pk)
        if self.group and (self.group == self.name or others.filter(name=self.group).exists()):
            raise ValidationError(
                {
                    "group": _("'%(name)s' is a server. A group needs a name of its own.")
                    % {"name": self.group}
                }
            )
        if others.filter(group=self.name).exists():
            raise ValidationError({"name": _("'%(name)s' is a group of servers.") % {"name": self.name}})

    def config(self) -> ServerConfig:
        return ServerConfig(
            name=self.name,
            provider=self.provider,
            base_url=self.base_url,
            key=_secret(self.key),
            headers=parse_headers(_secret(self.headers).reveal()),
            timeouts=Timeouts(
                connect=self.connect_timeout or settings.CONNECT_TIMEOUT,
                first_byte=self.first_byte_timeout or settings.FIRST_BYTE_TIMEOUT,
                chunk=self.chunk_timeout or settings.CHUNK_TIMEOUT,
            ),
            max_concurrent=self.max_concurrent,
            requests_per_minute=self.requests_per_minute,
        )


def _secret(value: object) -> Secret:
    return value if isinstance(value, Secret) else Secret(str(value or ""))


def validate_candidates(value: object) -> None:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ValidationError(_("Write model ids, one a line."))


def validate_capabilities(value: object) -> None:
    if value is not None and (not isinstance(value, list) or not set(map(str, value)) <= set(CAPABILITIES)):
        raise ValidationError(_("Choose from %(names)s.") % {"names": ", ".join(CAPABILITIES)})


class Model(HasAudience):
    """What is set for one model of a server. Empty fields say: as the service has it."""

    server = models.ForeignKey(
        Server, on_delete=models.CASCADE, related_name="models", verbose_name=_("server")
    )
    model_id = models.CharField(
        _("id"),
        max_length=300,
        help_text=_("The model's ID at the service, or a name of your own with candidates below."),
    )
    name = models.CharField(_("display name"), max_length=200, blank=True)
    candidates = models.JSONField(_("candidates"), default=list, blank=True, validators=[validate_candidates])
    enabled = models.BooleanField(_("enabled"), default=True)
    order = models.PositiveIntegerField(_("order"), default=100, help_text=_("Lower numbers come first."))
    temperature = models.FloatField(
        _("temperature"), null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(2)]
    )
    top_p = models.FloatField(
        "top-p", null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(1)]
    )
    top_k = models.PositiveIntegerField("top-k", null=True, blank=True, validators=[MinValueValidator(1)])
    max_tokens = models.PositiveIntegerField(
        _("max tokens"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Tokens."),
    )
    context_length = models.PositiveIntegerField(
        _("context length"),
        null=True,
        blank=True,
        validators=[MinValueValidator(256)],
        help_text=_("Tokens."),
    )
    streaming = models.BooleanField(
        _("streaming"), default=True, help_text=_("Off: the answer is shown when it is complete.")
    )
    thinking = models.CharField(
        _("thinking"),
        max_length=10,
        blank=True,
        choices=[("off", _("off")), ("low", _("low")), ("medium", _("medium")), ("high", _("high"))],
    )
    system_prompt = models.TextField(_("system prompt"), blank=True)
    price_input = models.FloatField(
        _("price of input"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("USD per million tokens."),
    )
    price_output = models.FloatField(
        _("price of output"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("USD per million tokens."),
    )
    capabilities = models.JSONField(
        _("capabilities"), null=True, blank=True, validators=[validate_capabilities]
    )
    edited = models.BooleanField(default=True, editable=False)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["server__order", "server__name", "order", "model_id"]
        verbose_name = _("model")
        verbose_name_plural = _("models")
        constraints = [models.UniqueConstraint(fields=["server", "model_id"], name="one_row_a_model")]

    def __str__(self) -> str:
        return f"{self.server.name}/{self.model_id}"

    def clean(self) -> None:
        if (self.price_input is None) != (self.price_output is None):
            raise ValidationError(_("Give both prices, or none."))

    def params(self) -> Params:
        return Params(
            temperature=self.temperature,
            top_p=self.top_p,
            top_k=self.top_k,
            max_tokens=self.max_tokens,
            thinking=self.thinking or None,  # type: ignore[arg-type]
            context_length=self.context_length,
        )

    def pricing(self) -> Pricing | None:
        if self.price_input is None or self.price_output is None:
            return None
        return Pricing(self.price_input, self.price_output)


LEARNED_FOR = timedelta(days=30)
"""What was learned is learned anew after so long: services change."""


class CurrentFacts(models.Manager["LearnedFact"]):
    def current(self) -> models.QuerySet["LearnedFact"]:
        return self.filter(updated__gt=timezone.now() - LEARNED_FOR)


class LearnedFact(models.Model):
    """What a model's refusal or count has taught (providers/learning/facts.py). Written by Divan alone."""

    server = models.ForeignKey(
        Server, on_delete=models.CASCADE, related_name="learned", verbose_name=_("server")
    )
    model_id = models.CharField(_("model"), max_length=300)
    kind = models.CharField(max_length=12)
    field = models.CharField(max_length=40, blank=True)
    value = models.FloatField(null=True)
    reason = models.TextField(_("what the server said"), blank=True)
    updated = models.DateTimeField(_("learned"), auto_now=True)

    objects = CurrentFacts()

    class Meta:
        ordering = ["server__order", "server__name", "model_id", "kind", "field"]
        verbose_name = _("learned limit")
        verbose_name_plural = _("learned limits")
        constraints = [
            models.UniqueConstraint(fields=["server", "model_id", "kind", "field"], name="learned_once")
        ]

    def __str__(self) -> str:
        return f"{self.server.name}/{self.model_id}: {self.kind} {self.field}".strip()
