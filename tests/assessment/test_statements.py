import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import pytest

from infraops.assessment.approvals import differences
from infraops.assessment.statements import Unreadable, read_change, read_statement, write_change, write_statement
from infraops.controlrepo.governance.approvals import approval_file
from infraops.models.changes.approval import Approval
from infraops.models.changes.change import Change, ChangeClass, StackChange

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
STACK = StackChange(
    stack="local/first",
    fingerprint="f" * 64,
    deferred=False,
    inputs="",
    template="trial@1.0",
    template_digest="",
    locks="",
    lineage="",
    serial=None,
    effects={"create terraform_data.value": "0"},
    envelope={"create terraform_data": 1},
    change_class=ChangeClass.NORMAL,
    cost_delta=0.0,
)
CHANGE = Change("20261122-101500-ab12", "local", "", "", "", "", (), {"local/first": STACK})
APPROVAL = Approval(CHANGE, NOW, NOW + timedelta(days=1), "n")


def test_what_was_written_is_read() -> None:
    assert read_change(write_change(CHANGE)) == CHANGE
    assert read_statement(write_statement(APPROVAL)) == APPROVAL


@pytest.mark.parametrize("name", ["../../../blueprints", "/etc", "a/b", ".", "..", "", "a\n", "a b"])
def test_a_change_whose_name_leads_elsewhere(name: str) -> None:
    change = replace(CHANGE, id=name)
    assert len(PurePosixPath(approval_file("local", CHANGE.id, "bob")).parts) == 4
    with pytest.raises(Unreadable, match="no name of a change"):
        read_change(write_change(change))
    with pytest.raises(Unreadable, match="no name of a change"):
        read_statement(write_statement(replace(APPROVAL, change=change)))


def test_a_stack_that_is_shown_under_another_name() -> None:
    change = replace(CHANGE, stacks={"local/precious": STACK})
    with pytest.raises(Unreadable, match="it calls 'local/precious' 'local/first' elsewhere"):
        read_change(write_change(change))
    with pytest.raises(Unreadable, match="it calls 'local/precious' 'local/first' elsewhere"):
        read_statement(write_statement(replace(APPROVAL, change=change)))


def test_a_cost_that_nothing_is_more_than() -> None:
    stacks = {"local/first": replace(STACK, cost_delta=float("inf"))}
    with pytest.raises(Unreadable, match="is no number"):
        read_change(write_change(replace(CHANGE, stacks=stacks)))


def test_times_without_a_zone() -> None:
    text = write_statement(replace(APPROVAL, issued=NOW.replace(tzinfo=None)))
    assert json.loads(text)["predicate"]["issued"] == "2026-11-22T10:00:00"
    with pytest.raises(Unreadable, match="no zone"):
        read_statement(text)


def test_effects_that_are_not_those_of_the_fingerprint() -> None:
    shown = replace(STACK, effects={"update terraform_data.harmless": "0"})
    assert differences(STACK, STACK) == ()
    assert differences(replace(STACK, effects={"create terraform_data.value": "1"}), STACK) == ()  # before differs
    assert differences(shown, STACK) == ("whoever approved it was shown other effects than those of its fingerprint",)
