"""The token of one sign-in, as a connection uses it: renewed when it has expired, or is taken no more."""

import asyncio
from importlib import import_module

from channels.db import database_sync_to_async
from django.utils.translation import gettext_lazy as _

from chat.tools.mcp.entries import Endpoint
from chat.tools.mcp.oauth import sign_ins
from chat.tools.mcp.oauth.sign_ins import Tokens
from chat.tools.mcp.reasons import Reason, ToolServerError

FLOW = "chat.tools.mcp.oauth.flow"
MARGIN = 30.0
"""Seconds before its end in which a token is renewed already, where it can be."""


class Grant:
    def __init__(self, entry: Endpoint, sign_in: int) -> None:
        self._entry = entry
        self._sign_in = sign_in
        self._tokens: Tokens | None = None
        self._facts = ""
        self._renewing = asyncio.Lock()

    async def token(self, refused: str = "") -> str:
        """One that holds, as far as anybody knows. `refused`: one that the server has just not taken. Raises
        ToolServerError."""
        async with self._renewing:
            if not self._holds(refused):
                # Another process may have renewed it.
                await self._read()
            if not self._holds(refused):
                await self._renew()
            if self._tokens is None:
                raise sign_in_ended_error()
            return self._tokens.access

    def _holds(self, refused: str) -> bool:
        tokens = self._tokens
        if tokens is None or tokens.access == refused:
            return False
        return tokens.is_fresh(MARGIN if tokens.refresh else 0.0)

    async def _read(self) -> None:
        found = await database_sync_to_async(sign_ins.read_sign_in, thread_sensitive=False)(self._sign_in)
        self._tokens, self._facts = (found.tokens, found.facts) if found else (None, "")

    async def _renew(self) -> None:
        before = self._tokens
        if before is None:
            raise sign_in_ended_error()
        if not before.refresh:
            await self._keep(before, None)
            raise sign_in_ended_error()
        flow = await asyncio.to_thread(import_module, FLOW)
        try:
            renewed: Tokens = await flow.renewed_tokens(self._entry, flow.Authority.load(self._facts), before)
        except flow.SignInRefusedError:
            await self._keep(before, None)
            await self._read()
            if self._tokens is None:
                raise sign_in_ended_error() from None
            return
        await self._keep(before, renewed)
        self._tokens = renewed

    async def _keep(self, before: Tokens, tokens: Tokens | None) -> None:
        await database_sync_to_async(sign_ins.renew_tokens, thread_sensitive=False)(
            self._sign_in, before, tokens
        )


def sign_in_ended_error() -> ToolServerError:
    return ToolServerError(Reason(_("The sign-in has ended. Sign in again."), sign_in=True))
