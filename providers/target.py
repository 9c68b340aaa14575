from dataclasses import dataclass

from providers.connectors.base import Connector
from providers.types import Learned, ModelInfo, Notice, Params, ServerConfig


@dataclass(frozen=True, slots=True)
class Target:
    """What answers a ref. `model` is the id to ask the service for; it differs from the ref's where the
    ref stands for candidates, and `notices` then says so."""

    ref: str
    connector: Connector
    server: ServerConfig
    model: str
    info: ModelInfo | None = None
    defaults: Params = Params()
    system: str = ""
    streaming: bool = True
    notices: tuple[Notice, ...] = ()
    learned: Learned = Learned()
    set_aside: int = 0
    """Tokens of the window, as Divan estimates them, that are wanted for something else."""

    def window(self, params: Params) -> int | None:
        """Tokens of question and answer together, as Divan estimates them; None: nobody knows."""
        known = self.connector.window(self.info, params)
        taken = self.learned.input
        # A question is given three quarters of a window: see chat/prompting/context.py.
        limits = [known, self.learned.window, None if taken is None else taken * 4 // 3]
        least = min((limit for limit in limits if limit is not None), default=None)
        return None if least is None else max(int(least / self.learned.density) - self.set_aside, 0)

    def reserved_for_answer(self, params: Params) -> int:
        """Tokens of that window which the person wants for the answer at the least."""
        return int((params.max_tokens or 0) / self.learned.density)
