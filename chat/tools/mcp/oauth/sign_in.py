"""From the button to the token. A sign-in is the person's own; an administrator may sign in for everybody who
has not. Between its two halves nothing of it is kept but in the person's browser (pending.py)."""

import asyncio
from dataclasses import dataclass, field
from importlib import import_module

from channels.db import database_sync_to_async
from django.utils.translation import gettext_lazy as _

from chat.tools.mcp.entries import Endpoint
from chat.tools.mcp.oauth import sign_ins
from chat.tools.mcp.oauth.grant import FLOW
from chat.tools.mcp.oauth.pending import Pending
from chat.tools.mcp.reasons import Reason, ToolServerError
from chat.tools.mcp.source import current_servers


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asks to sign in, in which session: the two halves of a sign-in come from one."""

    person: str
    session: str


@dataclass(frozen=True, slots=True)
class StartedSignIn:
    """A sign-in whose other half is the person's. `url`: the page on which they say yes."""

    url: str
    pending: Pending = field(repr=False)


async def begin_sign_in(
    entry: Endpoint, requester: Requester, owner: str, redirect_uri: str
) -> StartedSignIn:
    """Makes the address to which the person is sent. `owner`: whose it will be; empty for everybody. Raises
    ToolServerError."""
    if not entry.signs_in:
        raise ToolServerError(Reason(_("Its entry has a header that says who asks. Nobody signs in to it.")))
    flow = await asyncio.to_thread(import_module, FLOW)
    known = await database_sync_to_async(sign_ins.read_client, thread_sensitive=False)(
        entry.url, redirect_uri
    )
    authority = await flow.find_authority(entry, redirect_uri, known)
    client = await database_sync_to_async(sign_ins.keep_client, thread_sensitive=False)(
        entry.url, redirect_uri, authority.dump()
    )
    proof = flow.new_verifier()
    pending = Pending(
        server=entry.name,
        url=entry.url,
        owner=owner,
        person=requester.person,
        session=requester.session,
        redirect_uri=redirect_uri,
        client=client,
        verifier=proof.code_verifier,
    )
    url = flow.authorization_url(authority, redirect_uri, pending.state, proof.code_challenge)
    return StartedSignIn(url, pending)


async def finish_sign_in(pending: Pending, code: str, issuer: str | None) -> None:
    """Exchanges the code for tokens and keeps them. Raises ToolServerError."""
    entry = await current_servers().endpoint(pending.person, pending.server)
    if entry is None or entry.url != pending.url:
        raise ToolServerError(Reason(_("The tool server has another address now. Sign in again.")))
    facts = await database_sync_to_async(sign_ins.facts_of, thread_sensitive=False)(pending.client)
    if not facts:
        raise ToolServerError(Reason(_("The sign-in has ended. Sign in again.")))
    flow = await asyncio.to_thread(import_module, FLOW)
    tokens = await flow.tokens_for_code(
        entry, flow.Authority.load(facts), pending.redirect_uri, pending.verifier, code, issuer
    )
    await database_sync_to_async(sign_ins.keep_sign_in, thread_sensitive=False)(
        pending.owner, entry.url, pending.client, tokens
    )


async def end_sign_in(entry: Endpoint, owner: str) -> bool:
    """Removes a sign-in; returns whether there was one."""
    ended: bool = await database_sync_to_async(sign_ins.end_sign_in, thread_sensitive=False)(owner, entry.url)
    return ended
