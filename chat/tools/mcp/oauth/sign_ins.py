"""Clients and tokens as the database keeps them: encrypted, each for one address. Everything here asks the
database."""

import json
import time
from dataclasses import asdict, dataclass, field

from chat.models import ToolClient, ToolSignIn


@dataclass(frozen=True, slots=True)
class Tokens:
    """`expires`: in seconds of the clock; None where nobody said."""

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    expires: float | None = None
    scope: str = ""

    def is_fresh(self, margin: float = 0.0) -> bool:
        return self.expires is None or time.time() < self.expires - margin


@dataclass(frozen=True, slots=True)
class StoredSignIn:
    """A sign-in as it is kept in the database. `facts`: of its client (flow.py)."""

    tokens: Tokens
    facts: str = field(repr=False)


def read_client(url: str, redirect_uri: str) -> str:
    """The facts of Divan's registration there; empty where there is none, or none that can be read."""
    row = ToolClient.objects.filter(url=url, redirect_uri=redirect_uri).first()
    return row.facts.reveal() if row is not None else ""


def keep_client(url: str, redirect_uri: str, facts: str) -> int:
    """Where others sign people in there now, what was signed in before has ended: tokens of the one are never
    shown to the other."""
    before = ToolClient.objects.filter(url=url, redirect_uri=redirect_uri).first()
    if before is not None and issuer_in(before.facts.reveal()) != issuer_in(facts):
        before.delete()
    row, _made = ToolClient.objects.update_or_create(
        url=url, redirect_uri=redirect_uri, defaults={"facts": facts}
    )
    return row.pk


def issuer_in(facts: str) -> str:
    return str(json.loads(facts)["metadata"]["issuer"]) if facts else ""


def facts_of(client: int) -> str:
    row = ToolClient.objects.filter(pk=client).first()
    return row.facts.reveal() if row is not None else ""


def read_sign_in(pk: int) -> StoredSignIn | None:
    """The sign-in of that row; None where it has ended, or its encryption key is missing."""
    row = ToolSignIn.objects.select_related("client").filter(pk=pk).first()
    if row is None or not row.tokens or not row.client.facts:
        return None
    return StoredSignIn(Tokens(**json.loads(row.tokens.reveal())), row.client.facts.reveal())


def keep_sign_in(owner: str, url: str, client: int, tokens: Tokens) -> None:
    """In the place of an earlier one, which connections that still use it find ended."""
    ToolSignIn.objects.filter(owner=owner, url=url).delete()
    ToolSignIn.objects.create(owner=owner, url=url, client_id=client, tokens=dump_tokens(tokens))


def renew_tokens(pk: int, before: Tokens, tokens: Tokens | None) -> None:
    """None ends the sign-in. Where another process has renewed it meanwhile, its word counts."""
    kept = read_sign_in(pk)
    if kept is None or kept.tokens != before:
        return
    if tokens is None:
        ToolSignIn.objects.filter(pk=pk).delete()
    else:
        ToolSignIn.objects.filter(pk=pk).update(tokens=dump_tokens(tokens))


def end_sign_in(owner: str, url: str) -> bool:
    """Removes a sign-in; returns whether there was one."""
    return ToolSignIn.objects.filter(owner=owner, url=url).delete()[0] > 0


def dump_tokens(tokens: Tokens) -> str:
    return json.dumps(asdict(tokens))
