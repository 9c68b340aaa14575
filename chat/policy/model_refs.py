"""The models that a command names. Their servers have to exist; whether a server has the model, it says
itself when it is asked."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext_lazy as _

from chat.protocol import commands
from chat.protocol.errors import InvalidError, NotFoundError
from conversations.settings import Lane
from providers import registry
from providers.catalogue.viewers import viewer_for
from providers.refs import AUTO


async def require_servers(refs: Iterable[str], owner: str) -> None:
    """Raises NotFoundError for the first whose server is not configured for that person, before anything is
    done, and InvalidError for Auto: only lanes leave the choice to it."""
    named = dict.fromkeys(refs)
    viewer = await viewer_for(owner) if named else None
    for ref in named:
        if ref == AUTO:
            raise InvalidError(_("Auto chooses models for lanes alone. Name a model here."))
        if not await registry.has_server(ref, viewer=viewer):
            raise NotFoundError(
                _("There is no server of that name for the model %(model)s. Choose another model.")
                % {"model": ref}
            )


async def require_new(asked: Sequence[commands.Lane], known: Sequence[Lane], owner: str) -> None:
    """As `require_servers`. A conversation's own lane may outlive its server: its answers fail."""
    own = {AUTO, *(lane["model"] for lane in known)}
    await require_servers((lane.model for lane in asked if lane.model not in own), owner)
