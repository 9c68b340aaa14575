from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.tools.arguments import canonical_json, faults_in, read_arguments
from chat.tools.base import ToolError
from core.json_text import dump_loose_json

SCHEMA = {
    "type": "object",
    "properties": {
        "path": {"type": "string", "minLength": 1},
        "lines": {"type": "integer", "minimum": 1, "maximum": 100},
        "how": {"enum": ["fast", "slow"]},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
        "where": {"type": ["string", "null"]},
        "point": {
            "type": "object",
            "properties": {"x": {"type": "number"}},
            "required": ["x"],
            "additionalProperties": False,
        },
        "either": {"anyOf": [{"type": "string"}, {"type": "boolean"}]},
    },
    "required": ["path"],
    "additionalProperties": False,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "text",
    [
        '{"path": "a"}',
        ' {"path": "a", "lines": 3} ',
        '{"path": "a", "lines": 3.0}',
        '{"path": "a", "how": "slow", "tags": ["x"]}',
        '{"path": "a", "where": null, "point": {"x": 1}}',
        '{"path": "a", "either": true}',
    ],
)
def test_what_fits_is_taken(text: str) -> None:
    assert read_arguments(text, SCHEMA)["path"] == "a"


@pytest.mark.parametrize("text", ["", "  ", "{}"])
def test_nothing_is_no_arguments(text: str) -> None:
    assert read_arguments(text, {"type": "object", "properties": {}}) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"path": "a"', "not valid JSON"),
        ("path=a", "not valid JSON"),
        ('["a"]', "one JSON object"),
        ('"a"', "one JSON object"),
        ("null", "one JSON object"),
        ("[" * 100_000, "not valid JSON"),
        ("{}", "`path` is missing"),
        ('{"path": 7}', "`path` must be of type string"),
        ('{"path": ""}', "`path` may not be shorter than 1"),
        ('{"path": "a", "lines": "3"}', "`lines` must be of type integer"),
        ('{"path": "a", "lines": true}', "`lines` must be of type integer"),
        ('{"path": "a", "lines": 0}', "`lines` may not be less than 1"),
        ('{"path": "a", "lines": 101}', "`lines` may not be more than 100"),
        ('{"path": "a", "how": "odd"}', '`how` must be one of ["fast","slow"]'),
        ('{"path": "a", "tags": ["x", 1]}', "`tags[1]` must be of type string"),
        ('{"path": "a", "tags": ["x", "y", "z"]}', "`tags` may not be of more than 2 items"),
        ('{"path": "a", "where": 1}', "`where` must be of type string or null"),
        ('{"path": "a", "point": {}}', "`point.x` is missing"),
        ('{"path": "a", "point": {"x": 1, "y": 2}}', "there is no `point.y`"),
        ('{"path": "a", "either": 1}', "`either` is none of what it may be"),
        ('{"path": "a", "other": 1}', "there is no `other`"),
    ],
)
def test_what_does_not_fit_is_told_so_that_it_can_be_mended(text: str, said: str) -> None:
    with pytest.raises(ToolError, match="Call again") as told:
        read_arguments(text, SCHEMA)
    assert said in str(told.value)


@given(JSON, JSON)
def test_whatever_a_schema_and_a_model_say_it_is_judged_without_an_error(value: Any, schema: Any) -> None:
    list(faults_in(value, schema))
    list(faults_in(value, {"type": "object", "properties": schema, "items": schema, "enum": schema}))


@given(st.dictionaries(st.text(), JSON, max_size=5), st.randoms())
def test_order_and_white_space_make_no_other_arguments(given: dict[str, Any], random: Any) -> None:
    turned = list(given.items())
    random.shuffle(turned)
    one = read_arguments(dump_loose_json(given).decode(), {})
    other = read_arguments(f" {dump_loose_json(dict(turned)).decode()}\n", {})
    assert canonical_json(one) == canonical_json(other)
