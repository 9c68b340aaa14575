"""Whom an administrator lets see something."""

from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext_lazy as _


class Visibility(models.TextChoices):
    EVERYONE = "everyone", _("everyone")
    GROUPS = "groups", _("the groups chosen below")
    STAFF = "staff", _("administrators")


class HasAudience(models.Model):
    """A row that may be for some people alone."""

    visibility = models.CharField(
        _("visible to"), max_length=10, choices=Visibility.choices, default=Visibility.EVERYONE
    )
    groups = models.ManyToManyField(
        Group, blank=True, verbose_name=_("groups"), help_text=_("Who sees it, where it is for groups.")
    )

    class Meta:
        abstract = True
