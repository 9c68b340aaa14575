import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ApiToken(models.Model):
    """A bearer token of a user's scripts. Only its SHA-256 is kept: the token is shown once, when made."""

    revocable = True
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens", verbose_name=_("user")
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(_("begins with"), max_length=16, editable=False)
    created = models.DateTimeField(_("created"), auto_now_add=True)
    last_used = models.DateTimeField(_("last used"), null=True, blank=True)
    expires = models.DateTimeField(
        _("expires"), null=True, blank=True, help_text=_("Leave empty for no expiry.")
    )
    outlives_password = models.BooleanField(
        _("outlives the password"),
        default=False,
        help_text=_("Otherwise the token ends when its user's password is changed."),
    )

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return f"{self.hint}… ({self.user})"

    @classmethod
    def make(cls, user: models.Model, *, days: int | None = None, outlives_password: bool = False) -> str:
        """A new token for `user`; the text that is returned cannot be had again. `days`: for how long it
        works; None: until it is deleted."""
        token = f"divan_{secrets.token_urlsafe(32)}"
        cls.objects.create(
            user=user,
            digest=cls.digest_of(token),
            hint=token[:12],
            expires=None if days is None else timezone.now() + timedelta(days=days),
            outlives_password=outlives_password,
        )
        return token

    @classmethod
    def working(cls) -> "models.QuerySet[ApiToken]":
        """Those that have not expired; of whom is not looked at."""
        return cls.objects.filter(models.Q(expires=None) | models.Q(expires__gt=timezone.now()))

    @staticmethod
    def digest_of(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()


class UserSession(models.Model):
    """Whose a session is, which Django's own row does not say, and what it was last used with. Goes with that
    row, however it goes.

    `agent`: as the browser names itself. `last_seen` is exact to about a minute."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sessions")
    session = models.OneToOneField(Session, on_delete=models.CASCADE)
    address = models.CharField(max_length=64, blank=True)
    agent = models.CharField(max_length=400, blank=True)
    since = models.DateTimeField(default=timezone.now)
    last_seen = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    def __str__(self) -> str:
        return f"{self.user}, {self.last_seen:%Y-%m-%d %H:%M}"
