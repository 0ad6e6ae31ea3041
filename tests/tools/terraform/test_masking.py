"""Plan documents for rules: nothing sensitive stands in them, and their shape is what it was."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from infraops.tools.terraform.plans.masking import masked

CANARY = "canary-7f3a"


def as_it_is(text: str) -> str:
    return text


def test_each_part_of_a_document_is_masked_by_the_mark_beside_it() -> None:
    document = {
        "format_version": "1.2",
        "variables": {"token": {"value": CANARY}, "size": {"value": 3}, "unheard": {"value": [CANARY]}},
        "planned_values": {
            "outputs": {"token": {"sensitive": True, "value": [CANARY]}, "id": {"sensitive": False, "value": "i-1"}},
            "root_module": {
                "child_modules": [
                    {
                        "resources": [
                            {
                                "address": "a.b",
                                "values": {"password": CANARY, "name": "b", "tags": ["x", CANARY]},
                                "sensitive_values": {"password": True, "tags": [False, True]},
                            }
                        ]
                    }
                ]
            },
        },
        "resource_changes": [
            {
                "address": "a.b",
                "change": {
                    "actions": ["update"],
                    "before": {"password": None, "number": 4711, "rules": [{"key": CANARY, "port": 22}]},
                    "after": {"password": CANARY, "rules": {"all": CANARY}},
                    "before_sensitive": {"password": True, "number": True, "rules": [{"key": True}]},
                    "after_sensitive": {"password": True, "rules": True},
                    "after_unknown": {"id": True},
                },
            }
        ],
        "output_changes": {"t": {"actions": ["create"], "before": None, "after": CANARY, "after_sensitive": True}},
        "prior_state": {
            "values": {"root_module": {"resources": [{"values": {"p": CANARY}, "sensitive_values": {"p": True}}]}}
        },
        "configuration": {
            "root_module": {
                "variables": {"token": {"sensitive": True, "default": CANARY}, "size": {"default": 3}},
            }
        },
    }
    found = masked(document, hide=as_it_is)
    assert CANARY not in json.dumps(found)
    assert found["variables"] == {
        "token": {"value": "(sensitive)"},
        "size": {"value": 3},
        "unheard": {"value": "(sensitive)"},
    }
    change = found["resource_changes"][0]["change"]
    assert change["before"] == {
        "password": None,
        "number": "(sensitive)",
        "rules": [{"key": "(sensitive)", "port": 22}],
    }
    assert change["after"] == {"password": "(sensitive)", "rules": "(sensitive)"}
    assert change["actions"] == ["update"]
    assert change["after_unknown"] == {"id": True}
    assert found["planned_values"]["outputs"]["id"] == {"sensitive": False, "value": "i-1"}
    resource = found["planned_values"]["root_module"]["child_modules"][0]["resources"][0]
    assert resource["values"] == {"password": "(sensitive)", "name": "b", "tags": ["x", "(sensitive)"]}


def test_secrets_that_are_known_are_blanked_where_nothing_marks_them() -> None:
    document = {
        "resource_changes": [{"change": {"after": {"url": f"http://{CANARY}@host", CANARY: 1}, "after_sensitive": {}}}]
    }
    found = masked(document, hide=lambda text: text.replace(CANARY, "(sensitive)"))
    after = found["resource_changes"][0]["change"]["after"]
    assert after == {"url": "http://(sensitive)@host", "(sensitive)": 1}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=10,
)


@st.composite
def values_and_marks(draw: st.DrawFn) -> tuple[Any, Any]:
    """A value in which canaries stand, and the marks on these."""
    kind = draw(st.sampled_from(("open", "secret", "map", "list")))
    if kind == "secret":
        return draw(st.sampled_from((CANARY, [CANARY], {"x": {CANARY: 1}}))), True
    if kind == "open":
        return draw(VALUES), draw(st.sampled_from((False, {})))
    pairs = draw(st.lists(values_and_marks(), max_size=3))
    if kind == "list":
        return [value for value, _ in pairs], [mark for _, mark in pairs]
    return {str(key): value for key, (value, _) in enumerate(pairs)}, {
        str(key): mark for key, (_, mark) in enumerate(pairs)
    }


@settings(deadline=None)
@given(before=values_and_marks(), after=values_and_marks())
def test_no_marked_value_is_left_and_nothing_else_is_changed(before: tuple[Any, Any], after: tuple[Any, Any]) -> None:
    change = {"before": before[0], "before_sensitive": before[1], "after": after[0], "after_sensitive": after[1]}
    found = masked({"resource_changes": [{"change": change}]}, hide=as_it_is)
    assert CANARY not in json.dumps(found)
    if CANARY not in json.dumps(change):
        assert found == {"resource_changes": [{"change": change}]}
