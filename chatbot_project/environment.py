"""Values of the environment that need more than a cast. Each raises ValueError, in words for who set it."""

import warnings
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import environ

from providers.connectors.declarations import Declaration

ON, OFF = ("true", "yes", "on", "y", "ok", "1"), ("false", "no", "off", "n", "0")


def clean_variables(variables: Mapping[str, str], may_be_empty: Collection[str] = ()) -> dict[str, str]:
    """Without spaces and quotes around values, as other programs leave them there. What is empty is not set:
    compose files pass it on so. Only for those that `may_be_empty` it says something."""
    bare = {name: strip_quotes(value) for name, value in variables.items()}
    return {name: value for name, value in bare.items() if value or name in may_be_empty}


def empty_means_none(providers: Iterable[Declaration]) -> frozenset[str]:
    """The lists of servers that have a default: an empty one wants no server."""
    lists = (servers for declared in providers for servers in declared.server_lists)
    return frozenset(servers.variable for servers in lists if servers.default)


def provider_settings(read: Callable[[str, str], str], providers: Iterable[Declaration]) -> dict[str, str]:
    """The value of every variable that a provider declares. `read` takes a name and a default."""
    found: dict[str, str] = {}
    for declared in providers:
        for service in declared.services:
            found[service.key] = next(filter(None, (read(name, "") for name in service.keys)), "")
            found[service.base_url] = read(service.base_url, "")
        for servers in declared.server_lists:
            found[servers.variable] = read(servers.variable, servers.default)
    return found


def strip_quotes(value: str) -> str:
    bare = value.strip()
    return bare[1:-1].strip() if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "'\"" else bare


def one_of(value: str, known: Sequence[str]) -> str:
    if value.lower() not in known:
        raise ValueError(f"it must be one of {', '.join(known)}")
    return value.lower()


def search_service(value: str) -> str:
    return value and one_of(value, ("searxng", "brave", "tavily", "ddgs"))


def title_writer(value: str) -> str:
    """A model ref, or one of two words."""
    if "/" in value:
        return value
    if value.lower() not in ("own", "words"):
        raise ValueError("it must be own, words, or a model as server/model")
    return value.lower()


def parse_switch(value: str) -> bool:
    return one_of(value, (*ON, *OFF)) in ON


def parse_unpriced(value: str) -> float | str:
    """USD a million tokens, or one of two words."""
    try:
        usd = float(value)
    except ValueError:
        if value.lower() not in ("free", "refused"):
            raise ValueError("it must be free, refused, or USD for a million tokens") from None
        return value.lower()
    if not 0 <= usd < 1e6:
        raise ValueError("it must be USD for a million tokens")
    return usd


def parse_database(url: str) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: dict[str, Any] = environ.Env.db_url_config(url)
    if not found.get("ENGINE"):
        raise ValueError("it looks like postgres://user:password@host:5432/name")
    return found
