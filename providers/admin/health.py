"""How servers do, in the words of the admin."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from providers import registry
from providers.catalogue.checking import Checked
from providers.catalogue.health import describe_error
from providers.models import Server


@dataclass(frozen=True, slots=True)
class HealthSummary:
    """`status`: healthy, slow, unhealthy, or empty where nothing is known. `when`: of the last check."""

    status: str
    words: str
    when: str = ""


def health_of(server: Server) -> HealthSummary:
    if not server.enabled:
        return HealthSummary("", _("switched off"))
    catalogue = registry.registry().catalogue
    state = catalogue.known(server.name)
    if state is None or state.checked_at is None:
        return HealthSummary("", _("not asked yet"))
    health = catalogue.health(state)
    when = _("Checked at %(time)s (UTC)") % {"time": (health.checked_at or "")[11:19]}
    if health.error:
        return HealthSummary(health.status, health.error, when)
    words = [_("answers") if health.status == "healthy" else _("slow")]
    if health.models_count is not None:
        words.append(model_count_text(health.models_count))
    if health.latency_ms is not None:
        words.append(_("%(ms)s ms") % {"ms": f"{health.latency_ms:.0f}"})
    return HealthSummary(health.status, ", ".join(words), when)


def sentence_of(checked: Checked) -> str:
    name = checked.server.name
    if checked.error is None:
        return _("Server %(name)s answers: %(found)s, %(ms)s ms.") % {
            "name": name,
            "found": model_count_text(len(checked.models)),
            "ms": f"{checked.latency_ms:.0f}",
        }
    said = _("Server %(name)s: %(what)s") % {"name": name, "what": describe_error(checked.error)}
    return f"{said} ({checked.error.detail[:200]})" if checked.error.detail else said


def model_count_text(count: int) -> str:
    return ngettext("%(count)s model", "%(count)s models", count) % {"count": count}
