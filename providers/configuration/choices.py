"""What a new server may be, for a person who chooses: the services and programs that connectors declare, and
any other server that speaks a protocol that they know."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from providers import connectors
from providers.connectors.declarations import Declaration


@dataclass(frozen=True, slots=True)
class ServerPreset:
    """`id` is the name that its server gets unless another has it. `base_url`: where it is; empty where the
    connector knows, or where only the person does (`needs_address`). `local`: a program that people run
    themselves. `key_page`: where people get a key."""

    id: str
    label: Any
    provider: str
    base_url: str = ""
    needs_key: bool = False
    needs_address: bool = False
    local: bool = False
    key_page: str = ""


def list_choices() -> Sequence[ServerPreset]:
    """Services in the order of their servers, then programs, then whatever has an address of its own."""
    services = [
        ServerPreset(
            service.name, service.label, declared.provider, service.url, True, key_page=service.key_page
        )
        for declared, service in connectors.declared_services()
    ]
    programs = [
        ServerPreset(program.name, program.label, declared.provider, program.url, local=True)
        for declared in connectors.PROVIDERS.values()
        for program in declared.programs
    ]
    return (*services, *programs, *_others())


def choice_of(name: str) -> ServerPreset | None:
    return next((choice for choice in list_choices() if choice.id == name), None)


def _others() -> Iterator[ServerPreset]:
    for declared in connectors.PROVIDERS.values():
        if declared.needs_address:
            yield ServerPreset(
                "server",
                _("Another server (%(protocol)s)") % {"protocol": declared.label},
                declared.provider,
                needs_address=True,
            )
        elif not _is_named(declared):
            yield ServerPreset(
                declared.provider, declared.label, declared.provider, needs_key=declared.needs_key
            )


def _is_named(declared: Declaration) -> bool:
    """Whether it is there already, without or as one of its services."""
    return bool(declared.services or declared.programs or declared.is_offline)
