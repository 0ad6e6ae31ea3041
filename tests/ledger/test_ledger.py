"""Entries in, answers out."""

from datetime import timedelta

import pytest

from infraops.errors import Exit, UsageError
from infraops.ledger import Ledger
from infraops.models.runs.record import ChildStarted, Head, Kind, RunEnded, RunStarted, StationEnded
from infraops.models.runs.run import Outcome
from tests.ledger.places import Place
from tests.ledger.trees import NOON, STACK, apply, begun, opened, pass_station


def test_an_entry_is_what_was_written(ledger: Ledger) -> None:
    first = ledger.run_started("r1", begun(STACK))
    second = ledger.station_ended(
        "r1", STACK, "plan", outcome="unchanged", seconds=1, digests={"inputs": "d"}, summary="no changes"
    )
    assert (first.seq, first.at, first.kind, first.run, first.stack) == (1, NOON, Kind.RUN_STARTED, "r1", None)
    assert first.payload == begun(STACK)
    assert (second.seq, second.at, second.previous) == (2, NOON + timedelta(seconds=1), first.hash)
    assert second.payload == StationEnded("plan", Outcome.UNCHANGED, 1.0, {"inputs": "d"}, "no changes")
    assert ledger.entries() == (first, second)


def test_the_chain_goes_on_where_it_ended_when_opened_again(place: Place) -> None:
    with opened(place.location) as ledger:
        last = ledger.station_started("r1", STACK, "plan")
    with opened(place.location) as ledger:
        assert ledger.station_started("r2", STACK, "plan").previous == last.hash
        assert ledger.verify().head.seq == 2


def test_entries_are_found_by_run_stack_and_kind(ledger: Ledger) -> None:
    apply(ledger, "r1", "a")
    apply(ledger, "r2")
    ledger.station_started("r2", "lab/other", "plan")
    assert {entry.run for entry in ledger.entries(run="r2")} == {"r2"}
    assert {entry.stack for entry in ledger.entries(stack=STACK)} == {STACK}
    assert [entry.run for entry in ledger.entries(kind=Kind.RUN_ENDED)] == ["r1", "r2"]
    assert len(ledger.entries("r1", STACK, Kind.HOST_CONFIGURED)) == 1
    assert ledger.entries("r") == ()


def test_the_latest_of_a_kind_is_of_that_stack(ledger: Ledger) -> None:
    ledger.station_started("r1", STACK, "plan")
    newest = ledger.station_started("r1", STACK, "assess")
    ledger.station_started("r1", "lab/other", "plan")
    assert ledger.latest(STACK, Kind.STATION_STARTED) == newest
    assert ledger.latest(STACK, Kind.DRIFT_FOUND) is None


def test_a_finished_run_is_summed_up(ledger: Ledger) -> None:
    ledger.run_started("r1", begun("lab/db", STACK, "lab/late", "lab/same"))
    ledger.station_ended("r1", "lab/db", "provision", outcome=Outcome.FAILED, seconds=2)
    ledger.stack_blocked("r1", STACK, by="lab/db")
    ledger.station_ended("r1", "lab/same", "validate", outcome=Outcome.DONE, seconds=2)
    ledger.station_ended("r1", "lab/same", "plan", outcome=Outcome.UNCHANGED, seconds=2)
    ledger.run_ended("r1", outcome=Outcome.FAILED, exit_code=Exit.FAILED)
    (run,) = ledger.runs()
    assert (run.id, run.command, run.selection, run.user, run.host) == ("r1", "apply", "-e lab", "jo", "desk")
    assert (run.pid, run.started_ticks) == (4711, 99)
    assert run.git is not None and (run.git.commit, run.git.dirty) == ("c0ffee", True)
    assert run.versions["terraform"] == "1.15.0"
    assert (run.started, run.ended, run.seconds) == (NOON, NOON + timedelta(seconds=5), 5.0)
    assert (run.outcome, run.exit_code, run.verdict) == (Outcome.FAILED, 1, "failed")
    assert list(run.stacks.items()) == [
        ("lab/db", Outcome.FAILED),
        (STACK, Outcome.BLOCKED),
        ("lab/late", Outcome.NOT_REACHED),
        ("lab/same", Outcome.UNCHANGED),
    ]
    assert run.counts[Outcome.FAILED] == 1 and run.counts[Outcome.DONE] == 0


def test_a_run_without_an_end_says_so(ledger: Ledger) -> None:
    ledger.run_started("r1", begun(STACK, "lab/db"))
    pass_station(ledger, "r1", "plan")
    ledger.station_started("r1", STACK, "provision")
    run = ledger.run("r1")
    assert (run.outcome, run.ended, run.exit_code, run.verdict) == (None, None, None, "interrupted?")
    assert run.stacks == {STACK: None, "lab/db": None}
    assert run.seconds == 3.0


def test_runs_come_newest_first_and_no_more_than_asked_for(ledger: Ledger) -> None:
    for number in range(5):
        ledger.run_started(f"r{number}", begun())
    ledger.run_ended("r0", outcome=Outcome.DONE, exit_code=0)  # an old run that ends late
    assert [run.id for run in ledger.runs(2)] == ["r4", "r3"]
    assert [run.id for run in ledger.runs(None)] == ["r4", "r3", "r2", "r1", "r0"]
    assert ledger.runs(None)[-1].outcome is Outcome.DONE


def test_runs_side_by_side_are_kept_apart(ledger: Ledger) -> None:
    ledger.run_started("r1", begun())
    ledger.run_started("r2", begun(command="plan"))
    ledger.run_ended("r1", outcome=Outcome.DONE, exit_code=0)
    assert [(run.command, run.outcome) for run in ledger.runs()] == [("plan", None), ("apply", Outcome.DONE)]


def test_a_run_is_found_by_the_beginning_of_its_id(ledger: Ledger) -> None:
    for run in ("20260301-aa", "20260301-ab", "20260302-aa", "20260302"):
        ledger.run_started(run, begun())
    assert ledger.run("20260301-ab").id == "20260301-ab"
    assert ledger.run("20260301-a" + "a").id == "20260301-aa"
    assert ledger.run("20260302").id == "20260302"
    assert ledger.run("20260302-").id == "20260302-aa"
    with pytest.raises(UsageError, match="2 runs begin like this: 20260301-ab, 20260301-aa") as caught:
        ledger.run("20260301")
    assert caught.value.hint == "give more of the id"
    with pytest.raises(UsageError, match="no such run"):
        ledger.run("2027")
    with pytest.raises(UsageError, match="no such run"):
        ledger.run("%")


def test_children_without_an_end_are_named(ledger: Ledger) -> None:
    ledger.child_started("r1", STACK, program="terraform", pid=10, started=1)
    ledger.child_started("r1", STACK, program="ansible-playbook", pid=11, started=2)
    ledger.child_started("r2", STACK, program="git", pid=12, started=3)
    ledger.child_ended("r1", STACK, program="terraform", pid=10, exit_code=0, seconds=0.5)
    assert ledger.unended_children("r1") == (ChildStarted("ansible-playbook", 11, 2),)


def test_verify_holds_the_chain_against_a_head_that_was_kept(ledger: Ledger) -> None:
    apply(ledger, "r1", "a")
    head = ledger.verify().head
    ledger.station_started("r2", STACK, "plan")
    assert ledger.verify(kept=head).ok
    assert not ledger.verify(kept=Head(head.seq, "0" * 64)).ok
    assert str(head) == f"{head.seq}:{head.hash}"


def test_payload_types_compare_by_value() -> None:
    assert RunEnded(Outcome.DONE, 0) == RunEnded(Outcome.DONE, 0)
    assert begun("x") != RunStarted("apply", "jo", "desk", 1, 2)
