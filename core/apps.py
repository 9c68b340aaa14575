from django.apps import AppConfig
from django.contrib.auth import get_user_model
from django.db.models import signals
from django.utils.translation import gettext_lazy as _

from core.ninja import import_ninja

import_ninja()


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = _("Owners")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from core import accounts, owners
        from core.models import Owner

        user = get_user_model()
        # Django's own model stays the project's user, so what all of Divan asks of one is added to it.
        user.add_to_class("owner_id", property(accounts.owner_id))
        user._meta.get_field("username").validators.append(accounts.validate_name)
        signals.pre_save.connect(accounts.refuse_reserved_name, sender=user)
        signals.post_save.connect(accounts.follow_user, sender=user)
        signals.post_save.connect(owners.forget_former_names, sender=Owner)
