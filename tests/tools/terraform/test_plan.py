"""The plan model, from documents as `terraform show -json` writes them."""

from typing import Any

import pytest

from infraops.models.plans.plan import Action
from infraops.tools.terraform.plans.model import plan_model


def entry(actions: list[str], **change: Any) -> dict[str, Any]:
    extra: dict[str, Any] = {key: change.pop(key) for key in ("action_reason", "previous_address") if key in change}
    return {"address": "a.b", "type": "a", "change": {"actions": actions, **change}, **extra}


def one(item: dict[str, Any]) -> Any:
    (change,) = plan_model({"resource_changes": [item]}).changes
    return change


@pytest.mark.parametrize(
    ("actions", "action"),
    [
        (["no-op"], Action.NO_OP),
        (["create"], Action.CREATE),
        (["read"], Action.READ),
        (["update"], Action.UPDATE),
        (["delete"], Action.DELETE),
        (["forget"], Action.FORGET),
        (["delete", "create"], Action.REPLACE),
        (["create", "delete"], Action.REPLACE),
        (["create", "forget"], Action.REPLACE),
        (["invent"], Action.UNKNOWN),
        (["update", "delete"], Action.UNKNOWN),
        ([], Action.UNKNOWN),
    ],
)
def test_actions(actions: list[str], action: Action) -> None:
    model = plan_model({"resource_changes": [entry(actions)]})
    assert model.changes[0].action is action
    assert model.empty == (action in (Action.NO_OP, Action.READ))


def test_only_what_differs_is_an_attribute() -> None:
    change = one(
        entry(
            ["update"],
            before={"same": 1, "tags": {"a": "x", "b": "y"}, "list": [1, 2], "kind": [1], "gone": True},
            after={"same": 1, "tags": {"a": "x", "b": "z"}, "list": [1, 3, 4], "kind": {"now": "map"}, "odd key": None},
            after_unknown={},
        )
    )
    assert [(a.path, a.before, a.after) for a in change.attributes] == [
        ("gone", True, None),
        ("kind", [1], {"now": "map"}),
        ("list[1]", 2, 3),
        ("list[2]", None, 4),
        ("tags.b", "y", "z"),
    ]


def test_keys_that_are_no_words_are_quoted() -> None:
    change = one(entry(["update"], before={"a": {"x y": 1}}, after={"a": {"x y": 2}}))
    assert [a.path for a in change.attributes] == ['a["x y"]']


def test_unknown_values_are_unknown_and_not_null() -> None:
    change = one(
        entry(
            ["update"],
            before={"id": "1", "nested": {"a": 1, "b": 2}},
            after={"nested": {"a": 1}},
            after_unknown={"id": True, "nested": {"b": True}},
        )
    )
    assert [(a.path, a.before, a.unknown_after) for a in change.attributes] == [
        ("id", "1", True),
        ("nested.b", 2, True),
    ]


@pytest.mark.parametrize("mark", [True, {"it": True}, {"it": {"deep": True}}, {"it": [False, True]}])
def test_sensitive_values_are_left_out(mark: Any) -> None:
    before, after = {"it": {"deep": "old secret"}}, {"it": {"deep": "new secret"}}
    if mark == {"it": [False, True]}:
        before, after = {"it": ["same", "old secret"]}, {"it": ["same", "new secret"]}  # type: ignore[dict-item]
    for marks in ({"before_sensitive": mark}, {"after_sensitive": mark}):
        change = one(entry(["update"], before=before, after=after, **marks))
        (attribute,) = change.attributes
        assert (attribute.sensitive, attribute.before, attribute.after) == (True, None, None)


def test_what_forces_a_replacement_is_named() -> None:
    change = one(
        entry(
            ["delete", "create"],
            before={"path": "a", "more": {"x": 1}, "other": 1},
            after={"path": "b", "more": {"x": 2}, "other": 2},
            replace_paths=[["path"], ["more"]],
            action_reason="replace_because_cannot_update",
        )
    )
    assert change.reason == "replace_because_cannot_update"
    assert [a.path for a in change.attributes if a.forces_replacement] == ["more.x", "path"]


def test_what_only_the_state_learns_of_is_not_empty() -> None:
    moved = entry(["no-op"], previous_address="a.old")
    model = plan_model({"resource_changes": [moved, entry(["no-op"])]})
    assert (model.moved, model.counts.total, model.empty) == (("a.b",), 0, False)
    assert model.changes[0].reason == "moved from a.old"
    assert plan_model({"resource_changes": [entry(["no-op"], importing={"id": "1"})]}).moved == ("a.b",)


def test_drift_is_what_changed_outside() -> None:
    drift = [entry(["update"], before={"x": 1}, after={"x": 2}), entry(["delete"]), entry(["no-op"])]
    model = plan_model({"resource_drift": drift})
    assert [change.action for change in model.drift] == [Action.UPDATE, Action.DELETE]


def configured(*names: str) -> dict[str, Any]:
    resource = {"address": "a.b", "expressions": {key: {} for key in names}}
    call = {"module": {"resources": [resource]}}
    return {"configuration": {"root_module": {"module_calls": {"service": call}}}}


@pytest.mark.parametrize("address", ["module.service.a.b", 'module.service["x[0].y"].a.b[1]'])
def test_what_nothing_configures_is_told_apart_from_drift(address: str) -> None:
    changed = {**entry(["update"], before={"x": {"y": 1}}, after={"x": {"y": 2}}), "address": address}
    aside = plan_model({"resource_drift": [changed], **configured("z")})
    assert [change.address for change in aside.unconfigured] == [address]
    assert aside.drift == ()
    for more in (configured("x"), {}, {**configured("z"), "resource_changes": [{**changed}]}):
        model = plan_model({"resource_drift": [changed], **more})
        assert (len(model.drift), model.unconfigured) == (1, ())
    other = {**entry(["update"], before={"z": 1}, after={"z": 2}), "address": address}
    assert plan_model({"resource_drift": [changed], "resource_changes": [other], **configured("z")}).drift == ()
    gone = {**entry(["delete"], before={"x": 1}), "address": address}
    assert len(plan_model({"resource_drift": [gone], **configured("z")}).drift) == 1


def test_an_empty_list_where_there_was_none_is_no_drift() -> None:
    refreshed = entry(["update"], before={"tags": None}, after={"tags": {}})
    model = plan_model({"resource_drift": [refreshed], **configured("tags")})
    assert (model.drift, model.unconfigured) == ((), ())


def test_only_known_and_open_outputs_are_planned_outputs() -> None:
    outputs = {
        "known": {"actions": ["create"], "after": {"a": 1}, "after_unknown": False, "after_sensitive": False},
        "later": {"actions": ["create"], "after": {"a": 1}, "after_unknown": {"b": True}, "after_sensitive": False},
        "secret": {"actions": ["no-op"], "after": "x", "after_unknown": False, "after_sensitive": True},
    }
    model = plan_model({"output_changes": outputs})
    assert model.planned_outputs == {"known": {"a": 1}}
    assert model.outputs_changed
    assert model.changed_outputs == ("known", "later")
    assert not model.empty


def test_checks_that_fail_are_told_with_their_reasons() -> None:
    def check(status: str, **instance: Any) -> dict[str, Any]:
        address = {"to_display": f"check.{status}"}
        return {"address": address, "status": status, "instances": [{"address": address, "status": status, **instance}]}

    checks = [
        check("pass"),
        check("unknown"),
        check("fail", problems=[{"message": "x"}, {"message": "y"}]),
        check("error"),
    ]
    assert plan_model({"checks": checks}).failed_checks == ("check.fail: x; y", "check.error")
