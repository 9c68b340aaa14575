"""Type hints as data: whether a value from outside is of the type that a field declares, and what can be read
of one that is not quite."""

import types
from collections.abc import Callable, Mapping
from functools import cache, reduce
from operator import or_
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

Check = Callable[[Any], bool]


def fits(value: Any, hint: Any) -> bool:
    """Whether a value as JSON gives it is of that type. A TypedDict may have more fields than it declares."""
    return _checked(hint)(value)


def check_of(hint: Any) -> Check:
    """As `fits`, for a type that is asked of many values."""
    return _checked(hint)


def coerce_value(value: Any, hint: Any) -> Any:
    """The nearest to `value` that is of that type. In a TypedDict each field is read by itself: one that
    makes no sense is left out or, where it must be there, empty; what is not declared stays. Of a list the
    elements that fit are left. A word that a Literal does not know stays: a later version may know it."""
    if _checked(hint)(value):
        return value
    if is_typeddict(hint):
        return _read_fields(value if isinstance(value, dict) else {}, hint)
    if get_origin(hint) is list:
        element = get_args(hint)[0]
        return [one for one in value if fits(one, element)] if isinstance(value, list) else []
    if get_origin(hint) is Literal and isinstance(value, str):
        return value
    return _empty(hint)


def _read_fields(value: dict[str, Any], hint: Any) -> dict[str, Any]:
    read = dict(value)
    for name, declared in declared_fields(hint).items():
        if name in hint.__required_keys__:
            read[name] = coerce_value(value.get(name), declared)
        elif name in value:
            nearest = coerce_value(value[name], declared)
            if type(nearest) is type(value[name]):
                read[name] = nearest
            else:
                del read[name]
    return read


def _empty(hint: Any) -> Any:
    if fits(None, hint):
        return None
    kind = get_origin(hint) or hint
    return kind() if kind in (str, int, float, bool, list, dict) else ""


def annotated_fields(hint: Any) -> Mapping[str, Any]:
    """The fields of a class with what is said of each in `Annotated`."""
    return get_type_hints(hint, include_extras=True)


@cache
def declared_fields(hint: Any) -> Mapping[str, Any]:
    """The types of a class's fields alone."""
    return get_type_hints(hint)


def without_annotations(hint: Any) -> Any:
    """The type itself, of a field with `Annotated` around it."""
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def as_json(hint: Any) -> Any:
    """The same with plain objects for the classes in it, as a schema can have them."""
    if is_typeddict(hint):
        return dict[str, Any]
    if get_origin(hint) in (Union, types.UnionType):
        return reduce(or_, map(as_json, get_args(hint)))
    return list[as_json(get_args(hint)[0])] if get_origin(hint) is list else hint  # type: ignore[misc]


@cache
def _checked(hint: Any) -> Check:
    if hint is Any:
        return lambda value: True
    if is_typeddict(hint):
        return _checked_fields(hint)
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        any_of = [_checked(one) for one in args]
        return lambda value: any(check(value) for check in any_of)
    if origin is Literal:
        words = {(type(one), one) for one in args}
        return lambda value: type(value) in (str, int, bool) and (type(value), value) in words
    if origin is list:
        element = _checked(args[0])
        return lambda value: type(value) is list and all(map(element, value))
    if origin is dict:
        item = _checked(args[1])
        return lambda value: type(value) is dict and all(map(item, value.values()))
    return _checked_plain(hint)


def _checked_plain(hint: Any) -> Check:
    """True and false are no numbers, whatever Python says; a whole number may stand for one with a
    fraction."""
    if hint is None or hint is types.NoneType:
        return lambda value: value is None
    if hint is float:
        return lambda value: type(value) in (float, int)
    return lambda value: type(value) is hint


def _checked_fields(hint: Any) -> Check:
    fields = {name: _checked(declared) for name, declared in declared_fields(hint).items()}
    required = [(name, fields[name]) for name in fields if name in hint.__required_keys__]
    optional = {name: field for name, field in fields.items() if name not in hint.__required_keys__}

    def check(value: Any) -> bool:
        if type(value) is not dict:
            return False
        for name, field in required:
            if name not in value or not field(value[name]):
                return False
        return all(name not in optional or optional[name](one) for name, one in value.items())

    return check
