"""Entries in, answers out."""

from datetime import timedelta

import pytest

from infraops.errors import Exit, UsageError
from infraops.ledger import Ledger
from infraops.models.ledger.answers import Head
from infraops.models.ledger.entries import Kind
from infraops.models.ledger.runs import RunEnded, RunStarted
from infraops.models.ledger.stacks import StackBlocked
from infraops.models.ledger.stations import ChildEnded, ChildStarted, StationEnded, StationStarted
from infraops.models.runs.run import Outcome
from tests.ledger.places import Place
from tests.ledger.trees import NOON, STACK, apply, begun, opened, pass_station


def test_an_entry_is_what_was_written(ledger: Ledger) -> None:
    first = ledger.append(begun(STACK), run="r1")
    second = ledger.append(
        StationEnded("plan", Outcome.UNCHANGED, 1, digests={"inputs": "d"}, summary="no changes"), run="r1", stack=STACK
    )
    assert (first.seq, first.at, first.kind, first.run, first.stack) == (1, NOON, Kind.RUN_STARTED, "r1", None)
    assert first.payload == begun(STACK)
    assert (second.seq, second.at, second.previous) == (2, NOON + timedelta(seconds=1), first.hash)
    assert second.payload == StationEnded("plan", Outcome.UNCHANGED, 1.0, {"inputs": "d"}, "no changes")
    assert ledger.entries() == (first, second)


def test_the_chain_goes_on_where_it_ended_when_opened_again(place: Place) -> None:
    with opened(place.location) as ledger:
        last = ledger.append(StationStarted("plan"), run="r1", stack=STACK)
    with opened(place.location) as ledger:
        assert ledger.append(StationStarted("plan"), run="r2", stack=STACK).previous == last.hash
        assert ledger.verify().head.seq == 2


def test_entries_are_found_by_run_stack_and_kind(ledger: Ledger) -> None:
    apply(ledger, "r1", "a")
    apply(ledger, "r2")
    ledger.append(StationStarted("plan"), run="r2", stack="lab/other")
    assert {entry.run for entry in ledger.entries(run="r2")} == {"r2"}
    assert {entry.stack for entry in ledger.entries(stack=STACK)} == {STACK}
    assert [entry.run for entry in ledger.entries(kind=Kind.RUN_ENDED)] == ["r1", "r2"]
    assert len(ledger.entries("r1", STACK, Kind.HOST_CONFIGURED)) == 1
    assert ledger.entries("r") == ()


def test_the_latest_of_a_kind_is_of_that_stack(ledger: Ledger) -> None:
    ledger.append(StationStarted("plan"), run="r1", stack=STACK)
    newest = ledger.append(StationStarted("assess"), run="r1", stack=STACK)
    ledger.append(StationStarted("plan"), run="r1", stack="lab/other")
    assert ledger.latest(STACK, Kind.STATION_STARTED) == newest
    assert ledger.latest(STACK, Kind.DRIFT_FOUND) is None


def test_a_finished_run_is_summed_up(ledger: Ledger) -> None:
    ledger.append(begun("lab/db", STACK, "lab/late", "lab/same"), run="r1")
    ledger.append(StationEnded("provision", Outcome.FAILED, 2), run="r1", stack="lab/db")
    ledger.append(StackBlocked("lab/db"), run="r1", stack=STACK)
    ledger.append(StationEnded("validate", Outcome.DONE, 2), run="r1", stack="lab/same")
    ledger.append(StationEnded("plan", Outcome.UNCHANGED, 2), run="r1", stack="lab/same")
    ledger.append(RunEnded(Outcome.FAILED, Exit.FAILED), run="r1")
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
    ledger.append(begun(STACK, "lab/db"), run="r1")
    pass_station(ledger, "r1", "plan")
    ledger.append(StationStarted("provision"), run="r1", stack=STACK)
    run = ledger.run("r1")
    assert (run.outcome, run.ended, run.exit_code, run.verdict) == (None, None, None, "interrupted?")
    assert run.stacks == {STACK: None, "lab/db": None}
    assert run.seconds == 3.0


def test_runs_come_newest_first_and_no_more_than_asked_for(ledger: Ledger) -> None:
    for number in range(5):
        ledger.append(begun(), run=f"r{number}")
    ledger.append(RunEnded(Outcome.DONE, 0), run="r0")  # an old run that ends late
    assert [run.id for run in ledger.runs(2)] == ["r4", "r3"]
    assert [run.id for run in ledger.runs(None)] == ["r4", "r3", "r2", "r1", "r0"]
    assert ledger.runs(None)[-1].outcome is Outcome.DONE


def test_runs_side_by_side_are_kept_apart(ledger: Ledger) -> None:
    ledger.append(begun(), run="r1")
    ledger.append(begun(command="plan"), run="r2")
    ledger.append(RunEnded(Outcome.DONE, 0), run="r1")
    assert [(run.command, run.outcome) for run in ledger.runs()] == [("plan", None), ("apply", Outcome.DONE)]


def test_a_run_is_found_by_the_beginning_of_its_id(ledger: Ledger) -> None:
    for run in ("20260301-aa", "20260301-ab", "20260302-aa", "20260302"):
        ledger.append(begun(), run=run)
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
    ledger.hold(ChildStarted("terraform", 10, 1), run="r1", stack=STACK)
    ledger.hold(ChildStarted("ansible-playbook", 11, 2), run="r1", stack=STACK)
    ledger.hold(ChildStarted("git", 12, 3), run="r2", stack=STACK)
    ledger.append(ChildEnded("terraform", 10, 0, 0.5), run="r1", stack=STACK)
    assert ledger.unended_children("r1") == (ChildStarted("ansible-playbook", 11, 2),)


def test_verify_holds_the_chain_against_a_head_that_was_kept(ledger: Ledger) -> None:
    apply(ledger, "r1", "a")
    head = ledger.verify().head
    ledger.append(StationStarted("plan"), run="r2", stack=STACK)
    assert ledger.verify(kept=head).ok
    assert not ledger.verify(kept=Head(head.seq, "0" * 64)).ok
    assert str(head) == f"{head.seq}:{head.hash}"


def test_payload_types_compare_by_value() -> None:
    assert RunEnded(Outcome.DONE, 0) == RunEnded(Outcome.DONE, 0)
    assert begun("x") != RunStarted("apply", "jo", "desk", 1, 2)
