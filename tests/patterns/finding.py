"""Every regular expression of the project, with how it is used, found in its sources and in its modules."""

import ast
import importlib
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, TypeGuard

from tests.services.processes import ROOT

APPS = ("chat", "chatbot_project", "conversations", "core", "providers", "rag")
METHODS = ("search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn")
NOT_IMPORTED = {
    "chatbot_project.asgi",  # asks for settings of its own; read as source all the same
    "chatbot_project.server",
    "chatbot_project.bodies.request",
}
"""Modules that install something for the whole process."""


@dataclass(frozen=True)
class Use:
    """`place`: a module and a line or a name. `flags`: as `re` numbers them."""

    place: str
    pattern: str | bytes
    flags: int
    method: str


def sources() -> Iterator[tuple[str, ast.Module]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                parts = path.relative_to(ROOT).with_suffix("").parts
                name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
                yield name, ast.parse(path.read_text())


def uses() -> list[Use]:
    trees = dict(sources())
    own = {name: methods_by_name(tree) for name, tree in trees.items()}
    everywhere: dict[str, set[str]] = {}
    for methods in own.values():
        for name, used in methods.items():
            everywhere.setdefault(name, set()).update(used)
    found: dict[tuple[str | bytes, int, str], Use] = {}
    for name, tree in trees.items():
        # What begins with `_` is used in its own module alone.
        methods = {
            named: own[name].get(named, set()) if named.startswith("_") else used
            for named, used in everywhere.items()
        }
        for use in [*_called(name, tree, methods), *_held(name, methods)]:
            found.setdefault((use.pattern, use.flags, use.method), use)
    return list(found.values())


def methods_by_name(tree: ast.AST) -> dict[str, set[str]]:
    """Of each name, the methods of patterns that are called on it: `_TITLE.search`."""
    methods: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in METHODS:
            owner = node.value
            name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", None)
            if name is not None:
                methods.setdefault(name, set()).add(node.attr)
    return methods


def _called(module: str, tree: ast.AST, methods: Mapping[str, set[str]]) -> Iterator[Use]:
    """`re.compile(…)` and `re.search(…)` with what stands there."""
    names = _namespace(module)
    targets = {
        id(node.value): target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not _is_call_of_re(node):
            continue
        pattern = _value(node.args[0], names)
        if not isinstance(pattern, str | bytes):
            continue
        method = _name(node)
        used = (
            methods.get(targets.get(id(node), ""), set()) or {"search"} if method == "compile" else {method}
        )
        for one in sorted(used):
            yield Use(f"{module}:{node.lineno}", pattern, _flags(node, names), one)


def _is_call_of_re(node: ast.AST) -> TypeGuard[ast.Call]:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr in ("compile", *METHODS)
        and bool(node.args)
    )


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _flags(call: ast.Call, names: Mapping[str, Any]) -> int:
    given = [word.value for word in call.keywords if word.arg == "flags"]
    places = {"sub": 4, "subn": 4, "split": 3}
    place = 1 if _name(call) == "compile" else places.get(_name(call), 2)
    given += call.args[place : place + 1]
    value = _value(given[0], names) if given else 0
    return int(value) if isinstance(value, int) else 0


def _namespace(module: str) -> dict[str, Any]:
    if module in NOT_IMPORTED:
        return {"re": re}
    return {"re": re, **vars(importlib.import_module(module))}


def _value(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """What the expression is; names that only a call knows stand for a word."""
    try:
        return eval(compile(ast.Expression(node), "pattern", "eval"), dict(names))  # noqa: S307
    except Exception:  # noqa: BLE001 -- whatever is missing, the word stands in
        return "".join(_pieces(node, names)) if isinstance(node, ast.JoinedStr) else None


def _pieces(text: ast.JoinedStr, names: Mapping[str, Any]) -> Iterator[str]:
    for part in text.values:
        if isinstance(part, ast.Constant):
            yield str(part.value)
        elif isinstance(part, ast.FormattedValue):
            yield str(_value(part.value, names) or "word")


def _held(module: str, methods: Mapping[str, set[str]]) -> Iterator[Use]:
    """What a module keeps: compiled patterns, alone and in tuples, tables and values."""
    if module in NOT_IMPORTED:
        return
    for name, value in vars(sys.modules.get(module) or importlib.import_module(module)).items():
        used = methods.get(name, set()) or {"search"}
        for pattern in _patterns_in(value, 4):
            for method in sorted(used):
                yield Use(f"{module}:{name}", pattern.pattern, pattern.flags & ~re.UNICODE, method)


def _patterns_in(value: Any, depth: int) -> Iterator["re.Pattern[Any]"]:
    if isinstance(value, re.Pattern):
        yield value
    elif not depth:
        return
    elif isinstance(value, Mapping):
        for one in [*value.keys(), *value.values()]:
            yield from _patterns_in(one, depth - 1)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _patterns_in(one, depth - 1)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _patterns_in(getattr(value, field.name, None), depth - 1)
