"""What a provider says of itself, in the module `declaration` of its folder. Settings, admin, REST, prices
and the meaning of errors read it from there. Nothing here needs Django's settings, since these read it too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from providers.errors import ErrorCode
from providers.types import ServerConfig
from providers.wire.addresses import CompletePath, root_of


@dataclass(frozen=True, slots=True)
class Service:
    """A service of which a key, or an address, makes a server. `name` is the server's. `keys`: the variables
    that the key is read from; the first is the setting. `base_url`: the variable of its address. `url` empty:
    the connector knows where it is. `any_address`: the address may as well be that of another service.
    `key_page`: where people get a key."""

    name: str
    label: str
    keys: tuple[str, ...]
    base_url: str
    url: str = ""
    order: int = 30
    any_address: bool = False
    key_page: str = ""

    @property
    def key(self) -> str:
        return self.keys[0]


@dataclass(frozen=True, slots=True)
class LocalService:
    """A model server that people run themselves. `name` is the server's; `url`: where it listens unless it is
    told otherwise."""

    name: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class ServerList:
    """A variable that lists servers by comma, each an address or `name=address`. `name`: of the first that
    is given none, `name-2` and so on of the others. The key of a server is in `<NAME>_API_KEY`; where
    `shares_key`, all without a name of their own have the first one's. `group`: the
    name under which several of them share work."""

    variable: str
    name: str
    default: str = ""
    order: int = 30
    group: str = ""
    shares_key: bool = False


@dataclass(frozen=True, slots=True)
class Preset:
    """A model that is there out of the box. `id` is what conversations refer to; it never changes, whatever
    the candidates become. Services retire ids, so these are an ordered list: the first that the server's own
    list has answers, and where a later one had to stand in, that is said."""

    id: str
    name: str
    candidates: tuple[str, ...]


def _nothing(server: ServerConfig, model: str) -> frozenset[str]:
    return frozenset()


def _costs(server: ServerConfig, model: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Declaration:
    """Of one provider; `provider` is the name of its folder. `connector`: the dotted name of its class, which
    is imported on first use.

    `unsupported_params`: the fields of `Params` that are never sent; `unsupported_by` tells those that a
    server or a model of it does not take beside them. `error_codes`: the machine codes of its errors, in
    small letters and with '_', separated by blanks. `endpoints`: what people copy behind an address, as a
    regular expression; `complete_path` puts in what they forget. `built_in`: the name of a server that is
    there without any setting. `price_list`: the provider's id in genai-prices; where `priced_by_address`,
    services are found there by their address. `is_free`: whether a server's model costs nobody anything.

    `only_repeats`: its models give back what they are sent, so that none is proposed, and nothing is asked
    of them that no person asked. `manages_models`: its servers hold models in memory, one in the place of
    another, and can be told to let one go or to download it; what they are told is in `providers/ollama`.
    """

    provider: str
    label: Any
    connector: str
    services: tuple[Service, ...] = ()
    server_lists: tuple[ServerList, ...] = ()
    programs: tuple[LocalService, ...] = ()
    presets: tuple[Preset, ...] = ()
    unsupported_params: frozenset[str] = frozenset()
    unsupported_by: Callable[[ServerConfig, str], frozenset[str]] = _nothing
    error_codes: Mapping[ErrorCode, str] = field(default_factory=dict)
    endpoints: str = ""
    complete_path: CompletePath | None = None
    built_in: str = ""
    needs_address: bool = False
    needs_key: bool = True
    is_offline: bool = False
    only_repeats: bool = False
    manages_models: bool = False
    is_free: Callable[[ServerConfig, str], bool] = _costs
    price_list: str = ""
    priced_by_address: bool = False

    @property
    def variables(self) -> tuple[str, ...]:
        """Every variable of the environment that makes or changes servers of it."""
        of_services = (name for service in self.services for name in (*service.keys, service.base_url))
        return (*of_services, *(servers.variable for servers in self.server_lists))

    @property
    def settings(self) -> tuple[str, ...]:
        """The variables of which one alone makes a server, as people are told them."""
        return (
            *(service.key for service in self.services),
            *(service.base_url for service in self.services if service.any_address),
            *(servers.variable for servers in self.server_lists),
        )

    def unsupported_fields(self, server: ServerConfig, model: str) -> frozenset[str]:
        """Fields of `Params` that a request to that model never carries."""
        return self.unsupported_params | self.unsupported_by(server, model)

    def api_root(self, url: str) -> str:
        """The address from which the connector goes on, of what was typed: without the endpoint that was
        copied with it, with what was forgotten. Anything that is no address comes back as it is."""
        return root_of(url, self.endpoints, self.complete_path)
