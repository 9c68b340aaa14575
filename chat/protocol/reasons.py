"""What is wrong with a field that was sent, in words: pydantic says it in English, and for programmers."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

TEXT = gettext_lazy("It must be text.")
WHOLE = gettext_lazy("It must be a whole number.")
NUMBER = gettext_lazy("It must be a number.")
TRUE_OR_FALSE = gettext_lazy("It must be true or false.")
DATE = gettext_lazy("It must be a date, as 2026-11-20.")
TIME = gettext_lazy("It must be a time, as 2026-11-20T10:42:33Z.")
DURATION = gettext_lazy("It must be a length of time, as 90 or PT1M30S.")
ADDRESS = gettext_lazy("It must be a web address, as https://example.org.")
IDENTIFIER = gettext_lazy("It must be a UUID.")
NO_FIELD = gettext_lazy("There is no field of that name.")
DEEP = gettext_lazy("It is nested too deeply.")
FIXED = gettext_lazy("It cannot be changed.")
LIST = gettext_lazy("It must be a list.")
OBJECT = gettext_lazy("It must be an object, with names and values.")
NOT_JSON = gettext_lazy("It is not JSON.")
EMPTY = gettext_lazy("It must not be empty.")
MISSING = gettext_lazy("It is missing.")
ONE_OF = gettext_lazy("It must be one of: %(expected)s.")

AT_LEAST_CHARACTERS = ngettext_lazy(
    "It must have at least %(min_length)s character.",
    "It must have at least %(min_length)s characters.",
    "min_length",
)
AT_MOST_CHARACTERS = ngettext_lazy(
    "It may have at most %(max_length)s character.",
    "It may have at most %(max_length)s characters.",
    "max_length",
)
AT_LEAST_ENTRIES = ngettext_lazy(
    "It must have at least %(min_length)s entry.",
    "It must have at least %(min_length)s entries.",
    "min_length",
)
AT_MOST_ENTRIES = ngettext_lazy(
    "It may have at most %(max_length)s entry.", "It may have at most %(max_length)s entries.", "max_length"
)
AT_LEAST_BYTES = ngettext_lazy(
    "It must have at least %(min_length)s byte.", "It must have at least %(min_length)s bytes.", "min_length"
)
AT_MOST_BYTES = ngettext_lazy(
    "It may have at most %(max_length)s byte.", "It may have at most %(max_length)s bytes.", "max_length"
)

REASONS: Mapping[str, str | Promise] = {
    "missing": MISSING,
    "union_tag_not_found": MISSING,
    "missing_argument": MISSING,
    "missing_keyword_only_argument": MISSING,
    "missing_positional_only_argument": MISSING,
    "extra_forbidden": NO_FIELD,
    "no_such_attribute": NO_FIELD,
    "unexpected_keyword_argument": NO_FIELD,
    "unexpected_positional_argument": NO_FIELD,
    "ids_or_folder": gettext_lazy("Give either ids or all_in."),
    "frozen_field": FIXED,
    "frozen_instance": FIXED,
    "recursion_loop": DEEP,
    "recursion_depth_exceeded": DEEP,
    "no_such_field": gettext_lazy("There is no field %(name)s here."),
    "string_type": TEXT,
    "string_too_short": AT_LEAST_CHARACTERS,
    "string_too_long": AT_MOST_CHARACTERS,
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
    "list_type": LIST,
    "tuple_type": LIST,
    "set_type": LIST,
    "frozen_set_type": LIST,
    "deque_type": LIST,
    "iterable_type": LIST,
    "dict_type": OBJECT,
    "mapping_type": OBJECT,
    "dataclass_type": OBJECT,
    "model_type": OBJECT,
    "model_attributes_type": OBJECT,
    "literal_error": ONE_OF,
    "enum": ONE_OF,
    "union_tag_invalid": ONE_OF,
    "greater_than": gettext_lazy("It must be more than %(gt)s."),
    "greater_than_equal": gettext_lazy("It must be at least %(ge)s."),
    "less_than": gettext_lazy("It must be less than %(lt)s."),
    "less_than_equal": gettext_lazy("It may be at most %(le)s."),
    "too_short": AT_LEAST_ENTRIES,
    "too_long": AT_MOST_ENTRIES,
    "multiple_of": gettext_lazy("It must be a multiple of %(multiple_of)s."),
    "none_required": gettext_lazy("It must be null."),
    "bytes_type": TEXT,
    "bytes_too_short": AT_LEAST_BYTES,
    "bytes_too_long": AT_MOST_BYTES,
    "bytes_invalid_encoding": gettext_lazy("It holds characters that no text can hold."),
    "string_not_ascii": gettext_lazy("It may hold plain English letters, digits and signs alone."),
    "date_type": DATE,
    "date_parsing": DATE,
    "date_from_datetime_parsing": DATE,
    "date_from_datetime_inexact": DATE,
    "date_past": gettext_lazy("It must be in the past."),
    "date_future": gettext_lazy("It must be in the future."),
    "datetime_past": gettext_lazy("It must be in the past."),
    "datetime_future": gettext_lazy("It must be in the future."),
    "time_type": TIME,
    "time_parsing": TIME,
    "datetime_type": TIME,
    "datetime_parsing": TIME,
    "datetime_from_date_parsing": TIME,
    "datetime_object_invalid": TIME,
    "timezone_aware": gettext_lazy("It must name its time zone."),
    "timezone_naive": gettext_lazy("It must not name a time zone."),
    "time_delta_type": DURATION,
    "time_delta_parsing": DURATION,
    "url_type": ADDRESS,
    "url_parsing": ADDRESS,
    "url_syntax_violation": ADDRESS,
    "url_too_long": AT_MOST_CHARACTERS,
    "url_scheme": gettext_lazy("It must begin with %(expected_schemes)s."),
    "uuid_type": IDENTIFIER,
    "uuid_parsing": IDENTIFIER,
    "uuid_version": IDENTIFIER,
    "decimal_type": NUMBER,
    "decimal_parsing": NUMBER,
    "decimal_max_digits": gettext_lazy("It may have at most %(max_digits)s digits."),
    "decimal_max_places": gettext_lazy("It may have at most %(decimal_places)s digits after the point."),
    "decimal_whole_digits": gettext_lazy("It may have at most %(whole_digits)s digits before the point."),
    "json_invalid": NOT_JSON,
    "json_type": NOT_JSON,
}
"""By pydantic's name of the error."""

MODEL_REF = gettext_lazy("Write a model as server/model.")
MODEL_FIELDS = frozenset({"model", "moderator"})
KINDS = frozenset({"bool", "int", "float", "str", "none"})
"""As pydantic names them where a field may be of several."""


def reason_of(error: Mapping[str, Any]) -> str:
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
    schemes = str(known.get("expected_schemes", "")).replace(" or ", ", ").replace("'", "")
    values = {name: f"{value:g}" if isinstance(value, float) else value for name, value in known.items()}
    try:
        return str(sentence % {**values, "expected": allowed.replace("'", ""), "expected_schemes": schemes})
    except KeyError:
        # Another version of pydantic names its values otherwise.
        return _("It is not valid.")


def nearest_error(errors: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Of what is wrong with the first field. A field that may be of several kinds has an error for each: that
    of the kind which it was nearest to, which got deeper into it, or found its kind right."""

    def nearness(error: Mapping[str, Any]) -> tuple[int, bool]:
        return len(error["loc"]), not error["type"].endswith(("_type", "_parsing"))

    first = shown_steps(errors[0]["loc"])
    same = [error for error in errors if shown_steps(error["loc"])[: len(first)] == first]
    return max(same, key=nearness)


def shown_steps(place: Sequence[object]) -> list[str]:
    """Without the steps into one kind of a field that may be of several."""
    return [step for step in map(str, place) if step not in KINDS and "[" not in step]


def field_sentence(place: Sequence[object], error: Mapping[str, Any]) -> str:
    """`place`: the steps to the field, from the outside in."""
    named = ".".join(shown_steps(place))
    return _("Field %(place)s: %(reason)s") % {"place": named, "reason": reason_of(error)}
