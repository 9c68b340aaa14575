"""Type hints as data: whether a value from outside is of the type that a field declares."""

import types
from collections.abc import Mapping
from functools import cache
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)


def fits(value: Any, hint: Any) -> bool:
    """Whether a value as JSON gives it is of that type. A TypedDict may have more fields than it declares,
    and null for one that may be absent: other programs write it so."""
    if hint is Any:
        return True
    if is_typeddict(hint):
        return isinstance(value, dict) and _fields_fit(value, hint)
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Annotated, NotRequired, Required):
        return fits(value, args[0])
    if origin in (Union, types.UnionType):
        return any(fits(value, one) for one in args)
    if origin is Literal:
        return any(value == one and type(value) is type(one) for one in args)
    if origin is list:
        return isinstance(value, list) and all(fits(one, args[0]) for one in value)
    if origin is dict:
        return isinstance(value, dict) and all(fits(one, args[1]) for one in value.values())
    return _is_plain(value, hint)


def _is_plain(value: Any, hint: Any) -> bool:
    """True and false are no numbers, whatever Python says; a whole number is one with a fraction of 0."""
    if hint is None or hint is types.NoneType:
        return value is None
    return type(value) is hint or (hint is float and type(value) is int)


def _fields_fit(value: Mapping[str, Any], hint: Any) -> bool:
    for name, declared in fields_of(hint).items():
        if name not in hint.__required_keys__ and value.get(name) is None:
            continue
        if name not in value or not fits(value[name], declared):
            return False
    return True


@cache
def fields_of(hint: Any) -> Mapping[str, Any]:
    """The fields of a class with what is said of each in `Annotated`."""
    return get_type_hints(hint, include_extras=True)


def without_annotations(hint: Any) -> Any:
    """The type itself, of a field with `Annotated` around it."""
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def as_json(hint: Any) -> Any:
    """The same with plain objects for the classes in it, as a schema can have them."""
    if is_typeddict(hint):
        return dict[str, Any]
    return list[as_json(get_args(hint)[0])] if get_origin(hint) is list else hint  # type: ignore[misc]
