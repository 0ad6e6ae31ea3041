"""The canonical effect: equal for plans with the same effect, different for any other."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infraops.models.basics.digests import keyed_digest
from infraops.models.plans.plan import Action
from infraops.tools.terraform.plans.effect import beyond, canonical_effect
from infraops.tools.terraform.plans.model import plan_model

KEY = b"shared by the environment"
SECRET = "correct horse battery"
HOW = ("timestamp", "prior_state", "planned_values", "relevant_attributes", "proposed_unknown")


def keyed(text: str) -> str:
    return keyed_digest(text, KEY)


def effect(document: dict[str, Any]) -> dict[str, Any]:
    return canonical_effect(document, keyed=keyed)


def document() -> dict[str, Any]:
    """Write a plan as Terraform 1.11 does, in which something of every kind happens."""
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "timestamp": "2026-11-22T05:00:00Z",
        "applyable": True,
        "complete": True,
        "errored": False,
        "prior_state": {"values": {"root_module": {}}},
        "variables": {"size": {"value": "small"}, "password": {"value": SECRET}},
        "resource_changes": [
            {
                "address": "module.service.web[0]",
                "mode": "managed",
                "type": "web",
                "provider_name": "example/web",
                "change": {
                    "actions": ["delete", "create"],
                    "before": {"size": "large", "tags": {"a": "b"}, "login": {"user": "x", "password": "old secret"}},
                    "after": {"size": "small", "tags": {"a": "c"}, "login": {"user": "x", "password": SECRET}},
                    "after_unknown": {"id": True, "ports": [False, True]},
                    "before_sensitive": {"login": {"password": True}},
                    "after_sensitive": {"login": {"password": True}},
                    "replace_paths": [["size"], ["tags", "a"]],
                },
                "action_reason": "replace_because_cannot_update",
            },
            {
                "address": "module.service.disk",
                "type": "disk",
                "change": {
                    "actions": ["no-op"],
                    "before": {"gb": 1},
                    "after": {"gb": 1},
                    "after_unknown": {},
                    "importing": {"id": "disk-1"},
                },
            },
        ],
        "resource_drift": [
            {
                "address": "module.service.old",
                "type": "old",
                "change": {"actions": ["update"], "before": {"n": 1}, "after": {"n": 2}, "after_unknown": {}},
            }
        ],
        "output_changes": {"url": {"actions": ["create"], "before": None, "after": "http://x", "after_unknown": False}},
        "checks": [{"address": {"to_display": "check.up"}, "status": "fail"}],
        "configuration": {
            "root_module": {
                "variables": {"size": {}, "password": {"sensitive": True}},
                "module_calls": {"service": {"module": {"resources": [{"provisioners": [{"command": "echo hi"}]}]}}},
            }
        },
    }


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in steps:
        yield from leaves(item, (*path, step))
    if not isinstance(value, dict | list) or not value:
        yield path


def altered(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case str():
            return value + "."
        case int():
            return value + 1
        case dict():
            return {"more": 1}
        case _:
            return "something"


@pytest.mark.parametrize("path", [path for path in leaves(document()) if path[0] not in HOW], ids=str)
def test_another_leaf_is_another_effect(path: tuple[Any, ...]) -> None:
    other = document()
    part: Any = other
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = altered(part[path[-1]])
    if path == ("format_version",):
        other["format_version"] = "2.0"  # what is added within a major version is seen where it stands
    if path == ("resource_changes", 1, "change", "actions", 0):
        part[path[-1]] = "forget"
    assert effect(other) != effect(document())


@pytest.mark.parametrize("name", HOW)
def test_when_and_how_it_was_planned_is_of_no_consequence(name: str) -> None:
    assert effect({**document(), name: {"another": ["value"]}}) == effect(document())


@given(st.randoms(use_true_random=False))
def test_the_order_in_which_terraform_tells_is_of_no_consequence(chance: random.Random) -> None:
    other = document()
    for name in ("resource_changes", "resource_drift", "checks"):
        chance.shuffle(other[name])
    chance.shuffle(other["resource_changes"][-1]["change"].get("replace_paths", []))
    shuffled = dict(sorted(other.items(), key=lambda _: chance.random()))
    assert json.dumps(effect(shuffled), sort_keys=True) == json.dumps(effect(document()), sort_keys=True)


def test_a_resource_to_which_nothing_happens_is_of_no_consequence() -> None:
    other = document()
    rest = {"actions": ["no-op"], "before": {"x": 1}, "after": {"x": 1}, "after_unknown": {}}
    other["resource_changes"].append({"address": "module.service.idle", "type": "idle", "change": rest})
    assert effect(other) == effect(document())


def test_secrets_stand_there_by_keyed_digests_alone() -> None:
    found = effect(document())
    assert SECRET not in json.dumps(found)
    assert "old secret" not in json.dumps(found)
    assert keyed(json.dumps(SECRET)) in json.dumps(found)
    with_another_key = canonical_effect(document(), keyed=lambda text: keyed_digest(text, b"another"))
    assert with_another_key != found


def test_a_secret_that_nobody_marked_is_concealed_where_it_is_known() -> None:
    plan = document()
    plan["resource_changes"][0]["change"]["after"]["tags"]["a"] = f"repeated: {SECRET}"
    told = canonical_effect(plan, keyed=keyed, tells=lambda text: SECRET in text)
    assert SECRET not in json.dumps(told)


def test_nothing_to_do_is_no_effect_whatever_the_plan_says_besides() -> None:
    idle = copy.deepcopy(document())
    idle["resource_changes"], idle["output_changes"] = [], {}
    assert effect(idle) == {}
    assert effect({**idle, "terraform_version": "1.15.0"}) == {}


@pytest.mark.parametrize("news", [{"format_version": "2.0"}, {"action_invocations": [{"action": "reboot"}]}])
def test_what_this_version_cannot_judge_counts_as_the_highest_risk(news: dict[str, Any]) -> None:
    idle = {**document(), "resource_changes": [], "output_changes": {}, **news}
    assert beyond(idle)
    assert effect(idle)
    model = plan_model(idle)
    assert [change.action for change in model.changes] == [Action.UNKNOWN]
    assert model.counts.destructive == 1
