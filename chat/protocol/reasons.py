"""What is wrong with a field that was sent, in words: pydantic says it in English, and for programmers."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

TEXT = gettext_lazy("It must be text.")
WHOLE = gettext_lazy("It must be a whole number.")
NUMBER = gettext_lazy("It must be a number.")
TRUE_OR_FALSE = gettext_lazy("It must be true or false.")
OBJECT = gettext_lazy("It must be an object, with names and values.")
NOT_JSON = gettext_lazy("It is not JSON.")
EMPTY = gettext_lazy("It must not be empty.")
MISSING = gettext_lazy("It is missing.")
ONE_OF = gettext_lazy("It must be one of: %(expected)s.")

REASONS: Mapping[str, str | Promise] = {
    "missing": MISSING,
    "union_tag_not_found": MISSING,
    "extra_forbidden": gettext_lazy("There is no field of that name."),
    "no_such_field": gettext_lazy("There is no field %(name)s here."),
    "string_type": TEXT,
    "string_too_short": gettext_lazy("It must have at least %(min_length)s characters."),
    "string_too_long": gettext_lazy("It may have at most %(max_length)s characters."),
    "string_pattern_mismatch": gettext_lazy("It is not written as it must be."),
    "string_unicode": gettext_lazy("It holds characters that no text can hold."),
    "int_type": WHOLE,
    "int_parsing": WHOLE,
    "int_parsing_size": WHOLE,
    "int_from_float": WHOLE,
    "float_type": NUMBER,
    "float_parsing": NUMBER,
    "finite_number": NUMBER,
    "bool_type": TRUE_OR_FALSE,
    "bool_parsing": TRUE_OR_FALSE,
    "list_type": gettext_lazy("It must be a list."),
    "dict_type": OBJECT,
    "model_type": OBJECT,
    "model_attributes_type": OBJECT,
    "literal_error": ONE_OF,
    "enum": ONE_OF,
    "union_tag_invalid": ONE_OF,
    "greater_than": gettext_lazy("It must be more than %(gt)s."),
    "greater_than_equal": gettext_lazy("It must be at least %(ge)s."),
    "less_than": gettext_lazy("It must be less than %(lt)s."),
    "less_than_equal": gettext_lazy("It may be at most %(le)s."),
    "too_short": gettext_lazy("It must have at least %(min_length)s entries."),
    "too_long": gettext_lazy("It may have at most %(max_length)s entries."),
    "json_invalid": NOT_JSON,
    "json_type": NOT_JSON,
}
"""By pydantic's name of the error."""

MODEL_REF = gettext_lazy("Write a model as server/model.")
MODEL_FIELDS = frozenset({"model", "moderator"})


def reason(error: Mapping[str, Any]) -> str:
    """`error`: one of `ValidationError.errors()`. In the active language."""
    kind, place = error["type"], error["loc"]
    known = error.get("ctx", {})
    if kind == "string_pattern_mismatch" and place and place[-1] in MODEL_FIELDS:
        return str(MODEL_REF)
    if kind in ("string_too_short", "too_short") and known.get("min_length") == 1:
        return str(EMPTY)
    sentence = REASONS.get(kind)
    if sentence is None:
        return _("It is not valid.")
    allowed = str(known.get("expected") or known.get("expected_tags") or "").replace(" or ", ", ")
    values = {name: f"{value:g}" if isinstance(value, float) else value for name, value in known.items()}
    return str(sentence) % {**values, "expected": allowed.replace("'", "")}


def field_sentence(place: Sequence[object], error: Mapping[str, Any]) -> str:
    """`place`: the steps to the field, from the outside in. Steps into one kind of a field that may have
    several are not shown."""
    steps = [str(step) for step in place]
    named = ".".join(step for step in steps if step != "str" and "[" not in step)
    return _("Field %(place)s: %(reason)s") % {"place": named, "reason": reason(error)}
