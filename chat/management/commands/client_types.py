"""Writes the web client's wire types from the Python definitions, so that nobody keeps a second copy."""

import dataclasses
import json
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints, is_typeddict

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from pydantic import BaseModel

from chat.actions.preferences import PreferencesChange
from chat.management.rest_types import rest_types
from chat.protocol import commands, events
from conversations import links, records
from conversations import settings as settings_table
from providers import types as provider_types

TARGET = Path("static/src/protocol/types.gen.ts")
REST_TARGET = Path("static/src/protocol/rest.gen.ts")
HEADER = """\
// Made by `manage.py client_types` from chat/protocol/events.py, chat/protocol/commands.py,
// chat/actions/preferences.py, conversations/records.py, conversations/settings.py, conversations/links.py
// and providers/types.py.
// Change those, run it again, and commit both.
"""
SCALARS: Mapping[object, str] = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
    None: "null",
    Any: "unknown",
}
# TypeScript knows these two words already.
RENAMED = {"Error": "AnswerError", "Record": "FileRecord"}
UNIONS = ("Part", "MessageRecord", "Record")
ALIASES = {
    settings_table: ("LaneRole", "Mode", "History"),
    records: ("Status", "LiveStatus", "CostSource", *UNIONS),
}
# Of these a snapshot may leave out what they say (`elided`).
ELIDABLE = (records.UserMessage, records.AnswerMessage)
ELIDED = """\
/** What a snapshot holds of a message far from what is shown: its place, and not what it says. */
export type Elided<Whole> = Omit<Whole, 'parts' | 'sources' | 'elided'> & {
  parts?: undefined
  sources?: undefined
  elided: true
}
"""


def type_name(cls: type) -> str:
    if issubclass(cls, commands.Command):
        return f"{cls.__name__}Command"
    if issubclass(cls, BaseModel):
        return f"{cls.__name__}Input"
    return RENAMED.get(cls.__name__, cls.__name__)


def is_declared(hint: object) -> bool:
    return isinstance(hint, type) and (
        is_typeddict(hint) or dataclasses.is_dataclass(hint) or issubclass(hint, BaseModel)
    )


class Writer:
    """Turns type hints into TypeScript; a hint it has no spelling for is an error, never `any`."""

    def __init__(self) -> None:
        self.aliases: dict[object, str] = {}
        self.declared: dict[str, str] = {}

    def alias(self, name: str, hint: object) -> None:
        name = RENAMED.get(name, name)
        self.declared[name] = f"export type {name} = {self.spell(hint)}\n"
        self.aliases[hint] = name

    def spell(self, hint: object) -> str:
        if hint in self.aliases:
            return self.aliases[hint]
        if hint in SCALARS:
            return SCALARS[hint]
        if is_declared(hint):
            declared = cast(type, hint)
            self.declare(declared)
            return type_name(declared)
        return self.spell_generic(get_origin(hint), get_args(hint), hint)

    def spell_generic(self, origin: object, args: tuple[Any, ...], hint: object) -> str:
        if origin in (typing.Annotated, typing.NotRequired, typing.Required):
            return self.spell(args[0])
        if origin is Literal:
            return " | ".join(f"'{value}'" if isinstance(value, str) else str(value) for value in args)
        if origin in (Union, types.UnionType):
            return " | ".join(dict.fromkeys(self.spell(arg) for arg in args))
        if origin in (list, tuple, set, frozenset, Sequence):
            item = self.spell(args[0])
            return f"({item})[]" if " | " in item else f"{item}[]"
        if origin in (dict, Mapping):
            return f"{{ [key: string]: {self.spell(args[1])} }}"
        raise CommandError(f"client_types has no TypeScript spelling for {hint!r}")

    def declare(self, cls: type) -> None:
        name = type_name(cls)
        if name in self.declared:
            return
        self.declared[name] = ""
        lines = [f"  {field}{mark}: {spelled}" for field, mark, spelled in self.fields(cls)]
        if cls not in ELIDABLE:
            self.declared[name] = "\n".join([f"export interface {name} {{", *lines, "}", ""])
            return
        lines[lines.index("  elided?: boolean")] = "  elided?: false"
        union = f"export type {name} = Whole{name} | Elided<Whole{name}>"
        self.declared[name] = "\n".join([f"export interface Whole{name} {{", *lines, "}", "", union, ""])

    def fields(self, cls: type) -> Iterator[tuple[str, str, str]]:
        if issubclass(cls, BaseModel):
            for field, info in cls.model_fields.items():
                fixed = get_origin(info.annotation) is Literal and field == "type"
                mark = "" if fixed or info.is_required() else "?"
                yield info.alias or field, mark, self.spell(info.annotation)
            return
        required: frozenset[str] | None = getattr(cls, "__required_keys__", None)
        for field, hint in get_type_hints(cls).items():
            optional = required is not None and field not in required
            yield field, "?" if optional else "", self.spell(hint)


def typescript() -> str:
    writer = Writer()
    for module, names in ALIASES.items():
        for name in names:
            writer.alias(name, getattr(module, name))
    writer.declare(settings_table.Settings)
    writer.alias("Capability", provider_types.Capability)
    writer.alias("Event", events.Event)
    writer.alias("AnyCommand", commands.ANY_COMMAND)
    writer.declare(provider_types.ModelInfo)
    writer.declare(PreferencesChange)
    openable = ", ".join(f"'{prefix}'" for prefix in links.PREFIXES)
    constants = f"export const PROTOCOL = {events.PROTOCOL}\n"
    constants += f"export const OPENABLE: readonly string[] = [{openable}]\n"
    return "\n".join([HEADER, constants, default_settings(), ELIDED, *writer.declared.values()])


def default_settings() -> str:
    """Those that the table gives; the others are absent until a record says them."""
    known = settings_table.defaults()
    names = " | ".join(f"'{name}'" for name in settings_table.Settings.__annotations__ if name not in known)
    lines = [f"  {name}: {json.dumps(value)}," for name, value in known.items()]
    return "\n".join(
        [
            f"export type CurrentSettings = Required<Omit<Settings, {names}>>",
            "",
            "export const DEFAULT_SETTINGS: CurrentSettings = {",
            *lines,
            "}",
            "",
        ]
    )


def rest_typescript() -> str:
    # The project composes the API of all apps, this one's too.
    from chatbot_project.api import api

    return rest_types(api.get_openapi_schema(path_prefix="/api"))


class Command(BaseCommand):
    help = f"Write {TARGET} and {REST_TARGET} from the Python definitions and from REST's document."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="write nothing; exit 1 if a file is out of date"
        )

    def handle(self, *args: object, check: bool = False, **options: object) -> None:
        for target, wanted in ((TARGET, typescript()), (REST_TARGET, rest_typescript())):
            self.bring_up_to_date(target, wanted, check)

    def bring_up_to_date(self, name: Path, wanted: str, check: bool) -> None:
        target = Path(settings.BASE_DIR) / name
        current = target.read_text("utf-8") if target.exists() else ""
        if check and current != wanted:
            raise CommandError(f"{name} is out of date: run manage.py client_types")
        if not check and current != wanted:
            target.write_text(wanted, "utf-8")
            self.stdout.write(f"wrote {name}")
