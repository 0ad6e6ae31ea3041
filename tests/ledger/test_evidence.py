"""What the ledger proves of a stack, and what takes the proof away."""

import pytest

from infraops.ledger import Ledger
from infraops.models.ledger.stacks import StackDestroyed
from infraops.models.ledger.stations import DriftFound, HostConfigured, HostsTouched, StationEnded, StationStarted
from infraops.models.runs.run import Outcome
from tests.ledger.places import Place
from tests.ledger.trees import STACK, apply, begun, configure, pass_station

A = {"a": ("key-a", "d1")}
A_AND_B = {**A, "b": ("key-b", "d1")}


def test_a_stack_never_heard_of_proves_nothing(ledger: Ledger) -> None:
    assert ledger.configured_hosts(STACK) == {}
    assert ledger.successes() == {}


def test_hosts_stay_proven_through_later_runs_that_find_nothing_to_do(ledger: Ledger) -> None:
    apply(ledger, "r1", "a", "b")
    apply(ledger, "r2")
    assert ledger.configured_hosts(STACK) == A_AND_B


def test_a_host_is_proven_by_its_newest_entry(ledger: Ledger) -> None:
    apply(ledger, "r1", "a", "b")
    apply(ledger, "r2", "b", digest="d2")
    assert ledger.configured_hosts(STACK) == {"a": ("key-a", "d1"), "b": ("key-b", "d2")}


def test_other_stacks_change_nothing(ledger: Ledger) -> None:
    apply(ledger, "r1", "a")
    ledger.append(DriftFound(("x.y",)), run="r2", stack="lab/other")
    ledger.append(StationEnded("verify", Outcome.FAILED, 1), run="r2", stack="lab/other")
    assert ledger.configured_hosts(STACK) == A
    assert set(ledger.successes()) == {STACK}


@pytest.mark.parametrize("station", ["provision", "verify"])
@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.INTERRUPTED])
def test_a_failed_provision_or_verify_voids_every_host(ledger: Ledger, station: str, outcome: Outcome) -> None:
    apply(ledger, "r1", "a", "b")
    pass_station(ledger, "r2", station, outcome)
    assert ledger.configured_hosts(STACK) == {}
    configure(ledger, "r3", "a")
    assert ledger.configured_hosts(STACK) == A


@pytest.mark.parametrize("station", ["validate", "render", "plan", "assess", "approve"])
def test_a_failure_before_anything_acts_voids_nothing(ledger: Ledger, station: str) -> None:
    apply(ledger, "r1", "a", "b")
    pass_station(ledger, "r2", station, Outcome.FAILED)
    ledger.append(StationStarted(station), run="r3", stack=STACK)
    ledger.append(StationStarted("validate"), run="r4", stack=STACK)
    assert ledger.configured_hosts(STACK) == A_AND_B
    assert ledger.successes()[STACK].run == "r1"


def test_drift_voids_every_host(ledger: Ledger) -> None:
    apply(ledger, "r1", "a", "b")
    ledger.append(DriftFound(('lab_host.host["a"]',)), run="r2", stack=STACK)
    assert ledger.configured_hosts(STACK) == {}
    assert ledger.successes() == {}


def test_a_destroyed_stack_proves_nothing(ledger: Ledger) -> None:
    apply(ledger, "r1", "a", "b")
    pass_station(ledger, "r2", "provision")
    ledger.append(StackDestroyed(), run="r2", stack=STACK)
    assert ledger.configured_hosts(STACK) == {}
    assert ledger.successes() == {}


def test_a_failed_configure_voids_what_it_touched_and_nothing_else(ledger: Ledger) -> None:
    apply(ledger, "r1", "a", "b", "c")
    configure(ledger, "r2", "b", digest="d2", failing=("c",))
    assert ledger.configured_hosts(STACK) == A


def test_independent_hosts_keep_their_proof_when_others_fail_in_the_same_run(ledger: Ledger) -> None:
    apply(ledger, "r1", "a")
    configure(ledger, "r2", "b", failing=("c",), independent=True)
    assert ledger.configured_hosts(STACK) == A_AND_B


def test_a_failed_configure_that_named_no_hosts_voids_all(ledger: Ledger) -> None:
    apply(ledger, "r1", "a", "b")
    configure(ledger, "r2", "b", failing=("c",), independent=True, named=False)
    assert ledger.configured_hosts(STACK) == {}


def test_touched_hosts_are_unproven_from_then_on(ledger: Ledger) -> None:
    """Killed while d2 was half on the host, and d1 wanted again: the old proof must not count."""
    apply(ledger, "r1", "a", "b")
    ledger.append(StationStarted("configure"), run="r2", stack=STACK)
    ledger.append(HostsTouched(("b",)), run="r2", stack=STACK)
    assert ledger.configured_hosts(STACK) == A


def test_a_configure_at_work_voids_nothing_by_having_begun(ledger: Ledger) -> None:
    """The station itself asks which hosts are proven, after its start was taken down."""
    apply(ledger, "r1", "a", "b")
    ledger.append(begun(STACK), run="r2")
    pass_station(ledger, "r2", "provision")
    ledger.append(StationStarted("configure"), run="r2", stack=STACK)
    assert ledger.configured_hosts(STACK) == A_AND_B


def test_a_killed_provision_voids_every_host_once_another_run_comes(ledger: Ledger) -> None:
    apply(ledger, "r1", "a", "b")
    ledger.append(StationStarted("provision"), run="r2", stack=STACK)
    assert ledger.configured_hosts(STACK) == A_AND_B
    ledger.append(StationStarted("validate"), run="r3", stack=STACK)
    assert ledger.configured_hosts(STACK) == {}


def test_a_killed_configure_voids_what_it_touched_once_another_run_comes(ledger: Ledger) -> None:
    apply(ledger, "r1", "a", "b")
    ledger.append(StationStarted("configure"), run="r2", stack=STACK)
    ledger.append(HostsTouched(("b",)), run="r2", stack=STACK)
    ledger.append(HostConfigured("b", "key-b", "d2"), run="r2", stack=STACK)
    ledger.append(StationStarted("validate"), run="r3", stack=STACK)
    assert ledger.configured_hosts(STACK) == A


def test_a_plan_beside_a_working_apply_voids_nothing_of_it(ledger: Ledger) -> None:
    apply(ledger, "r1", "a")
    ledger.append(StationStarted("provision"), run="r2", stack=STACK)
    pass_station(ledger, "r3", "plan")
    ledger.append(StationEnded("provision", Outcome.DONE, 9), run="r2", stack=STACK)
    configure(ledger, "r2", "b")
    assert ledger.configured_hosts(STACK) == A_AND_B


def test_a_success_holds_the_digests_of_its_verify(ledger: Ledger) -> None:
    apply(ledger, "r1", "a", digest="d1")
    apply(ledger, "r2", digest="d2", verify=Outcome.UNCHANGED)
    pass_station(ledger, "r3", "plan", inputs="d3")
    success = ledger.successes([STACK, "lab/other"])[STACK]
    assert (success.run, dict(success.digests)) == ("r2", {"inputs": "d2"})
    assert ledger.successes(["lab/other"]) == {}


def test_a_verify_that_says_of_what_proves_nothing_without_saying_it(ledger: Ledger) -> None:
    apply(ledger, "r1", "a")
    pass_station(ledger, "r2", "verify")
    assert ledger.successes() == {}


def test_a_proof_that_the_entries_do_not_bear_out_is_found(ledger: Ledger, place: Place) -> None:
    apply(ledger, "r1", "a")
    assert ledger.verify().ok
    ledger.append(DriftFound(("x.y",)), run="r2", stack=STACK)
    assert ledger.verify().ok
    place.execute(f"INSERT INTO proofs VALUES ('{STACK}', 1, 'r1', '2026-01-01T00:00:00.000000Z', '{{}}')")
    verdict = ledger.verify()
    assert not verdict.ok
    assert STACK in verdict.why


def test_an_apply_that_stopped_short_of_verify_is_no_success_and_ends_the_one_before(ledger: Ledger) -> None:
    """Otherwise d1, wanted again after a half-way d2, would be skipped."""
    apply(ledger, "r1", "a", digest="d1")
    pass_station(ledger, "r2", "plan")
    pass_station(ledger, "r2", "provision")
    assert ledger.successes() == {}


def test_a_failed_verify_is_no_success(ledger: Ledger) -> None:
    apply(ledger, "r1", "a")
    apply(ledger, "r2", verify=Outcome.FAILED)
    assert ledger.successes() == {}


@pytest.mark.parametrize("station", ["provision", "configure", "verify"])
def test_a_station_that_never_ended_ends_the_success_before(ledger: Ledger, station: str) -> None:
    apply(ledger, "r1", "a")
    ledger.append(StationStarted(station), run="r2", stack=STACK)
    assert ledger.successes() == {}
