"""The models that a command names. Their servers have to exist; whether a server has the model, it says
itself when it is asked."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext_lazy as _

from chat.protocol import commands
from chat.protocol.errors import InvalidError, NotFoundError
from conversations.settings import Lane
from providers import registry
from providers.refs import AUTO


async def require_servers(refs: Iterable[str]) -> None:
    """Raises NotFoundError for the first whose server is not configured, before anything is done, and
    InvalidError for Auto: only lanes leave the choice to it."""
    for ref in dict.fromkeys(refs):
        if ref == AUTO:
            raise InvalidError(_("Auto chooses models for lanes alone. Name a model here."))
        if not await registry.has_server(ref):
            raise NotFoundError(
                _("There is no server of that name for the model %(model)s. Choose another model.")
                % {"model": ref}
            )


async def require_new(asked: Sequence[commands.Lane], known: Sequence[Lane]) -> None:
    """As `require_servers`. A conversation's own lane may outlive its server: its answers fail."""
    own = {AUTO, *(lane["model"] for lane in known)}
    await require_servers(lane.model for lane in asked if lane.model not in own)
