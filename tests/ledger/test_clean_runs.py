"""How often a template was applied without fail since it last failed, as the ledger tells it."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest

from infraops.ledger import Ledger
from infraops.models.ledger.changes import ChangeAuthorised
from infraops.models.ledger.runs import Asked
from infraops.models.ledger.stations import StationEnded, StationStarted
from infraops.models.runs.run import Outcome
from tests.ledger.trees import STACK, begun, opened

WEB, OTHER = "web@1.0", "lab/other"
DONE, FAILED, INTERRUPTED = Outcome.DONE, Outcome.FAILED, Outcome.INTERRUPTED
WHOLE = (("provision", DONE), ("configure", Outcome.UNCHANGED), ("verify", DONE))


def start(ledger: Ledger, run: str, *, command: str = "apply", resumes: str = "", until: str = "") -> None:
    told = replace(begun(STACK, OTHER, command=command), resumes=resumes, asked=Asked(until=until))
    ledger.append(told, run=run)


def authorise(ledger: Ledger, run: str, stack: str = STACK, template: str = WEB) -> None:
    payload = ChangeAuthorised(template=template, fingerprint="f", rule="a rule")
    ledger.append(payload, run=run, stack=stack)


def act(ledger: Ledger, run: str, *stations: tuple[str, Outcome | None], stack: str = STACK) -> None:
    """Take down how stations ended; None: the run was killed in it."""
    for station, outcome in stations:
        ledger.append(StationStarted(station), run=run, stack=stack)
        if outcome is not None:
            ledger.append(StationEnded(station, outcome, 1.0), run=run, stack=stack)


def run(
    ledger: Ledger,
    name: str,
    *stations: tuple[str, Outcome | None],
    template: str = WEB,
    command: str = "apply",
    resumes: str = "",
    until: str = "",
) -> None:
    start(ledger, name, command=command, resumes=resumes, until=until)
    authorise(ledger, name, template=template)
    act(ledger, name, ("approve", DONE), *stations)


def clean(ledger: Ledger, at_work: Collection[str] = (), environment: str = "lab") -> int:
    return ledger.clean_runs(environment, at_work=at_work).get(WEB, 0)


def test_nothing_was_ever_authorised(ledger: Ledger) -> None:
    start(ledger, "r1")
    act(ledger, "r1", *WHOLE)
    assert ledger.clean_runs("lab") == {}


def test_runs_are_counted_by_template_and_environment(ledger: Ledger) -> None:
    run(ledger, "r1", *WHOLE)
    run(ledger, "r2", *WHOLE, template="db@1.0")
    run(ledger, "r3", *WHOLE)
    assert ledger.clean_runs("lab") == {WEB: 2, "db@1.0": 1}
    assert ledger.clean_runs("la") == ledger.clean_runs("lab/storefront") == ledger.clean_runs("LAB") == {}


@pytest.mark.parametrize("station", ["provision", "configure", "verify"])
def test_a_failure_begins_the_count_anew(ledger: Ledger, station: str) -> None:
    run(ledger, "r1", *WHOLE)
    run(ledger, "r2", (station, FAILED))
    assert clean(ledger) == 0
    run(ledger, "r3", *WHOLE)
    run(ledger, "r4", *WHOLE)
    assert clean(ledger) == 2


def test_a_run_counts_once_and_is_clean_where_all_its_stacks_of_the_template_are(ledger: Ledger) -> None:
    for name, end in (("r1", DONE), ("r2", FAILED), ("r3", DONE)):
        start(ledger, name)
        authorise(ledger, name)
        authorise(ledger, name, OTHER)
        act(ledger, name, *WHOLE)
        act(ledger, name, ("provision", end), ("verify", end), stack=OTHER)
    assert clean(ledger) == 1


def test_a_run_that_was_killed_has_failed_and_one_that_goes_on_has_not(ledger: Ledger) -> None:
    run(ledger, "r1", *WHOLE)
    run(ledger, "r2", ("provision", None))
    assert clean(ledger) == 0
    assert clean(ledger, at_work=["r2"]) == 1
    run(ledger, "r3", *WHOLE)
    assert clean(ledger) == 1


@pytest.mark.parametrize(
    "cut",
    [
        (("provision", None),),
        (("provision", DONE),),
        (("provision", INTERRUPTED),),
        (("provision", DONE), ("configure", INTERRUPTED)),
        (("provision", DONE), ("configure", DONE), ("verify", None)),
    ],
)
def test_what_was_cut_off_and_resumed_to_its_end_is_one_clean_run(
    ledger: Ledger, cut: tuple[tuple[str, Outcome | None], ...]
) -> None:
    run(ledger, "r1", *WHOLE)
    run(ledger, "r2", *cut)
    assert clean(ledger) == 0
    run(ledger, "r3", *WHOLE, resumes="r2")
    assert clean(ledger) == 2


def test_what_was_resumed_needs_no_new_permission_to_count(ledger: Ledger) -> None:
    run(ledger, "r1", ("provision", DONE), ("configure", None))
    start(ledger, "r2", resumes="r1")
    act(ledger, "r2", *WHOLE)
    assert clean(ledger) == 1


def test_a_run_may_be_resumed_more_than_once(ledger: Ledger) -> None:
    run(ledger, "r1", ("provision", None))
    start(ledger, "r2", resumes="r1")  # killed before it came to the stack
    run(ledger, "r3", ("provision", None), resumes="r2")
    assert clean(ledger) == 0
    assert clean(ledger, at_work=["r3"]) == 0
    run(ledger, "r4", *WHOLE, resumes="r3")
    assert clean(ledger) == 1
    run(ledger, "r5", *WHOLE)
    assert clean(ledger) == 2


def test_a_failure_stays_one_also_where_it_was_resumed(ledger: Ledger) -> None:
    run(ledger, "r1", *WHOLE)
    run(ledger, "r2", ("provision", FAILED))
    run(ledger, "r3", *WHOLE, resumes="r2")
    assert clean(ledger) == 1
    run(ledger, "r4", ("provision", None))
    run(ledger, "r5", ("provision", FAILED), resumes="r4")
    assert clean(ledger) == 0


def test_another_run_mends_nothing_that_was_cut_off(ledger: Ledger) -> None:
    run(ledger, "r1", *WHOLE)
    run(ledger, "r2", ("provision", None))
    run(ledger, "r3", *WHOLE)
    assert clean(ledger) == 1


@pytest.mark.parametrize(
    ("command", "until", "stations"),
    [
        ("apply", "", ()),
        ("apply", "provision", (("provision", DONE),)),
        ("apply", "configure", (("provision", DONE), ("configure", DONE))),
        ("destroy", "", (("provision", DONE),)),
        ("forget", "", (("provision", DONE),)),
    ],
)
def test_what_was_not_verified_neither_counts_nor_fails(
    ledger: Ledger, command: str, until: str, stations: tuple[tuple[str, Outcome], ...]
) -> None:
    run(ledger, "r1", *WHOLE)
    run(ledger, "r2", *stations, command=command, until=until)
    assert clean(ledger) == 1


@pytest.mark.parametrize("outcome", [FAILED, None])
def test_a_destroy_that_fails_is_a_failure(ledger: Ledger, outcome: Outcome | None) -> None:
    run(ledger, "r1", *WHOLE)
    run(ledger, "r2", ("provision", outcome), command="destroy")
    assert clean(ledger) == 0


def test_what_fails_before_it_acts_has_changed_nothing(ledger: Ledger) -> None:
    run(ledger, "r1", *WHOLE)
    run(ledger, "r2", ("plan", FAILED))
    assert clean(ledger) == 1


def test_a_word_in_a_summary_is_no_station(ledger: Ledger) -> None:
    run(ledger, "r1", *WHOLE)
    summary = '"station":"provision"'
    ledger.append(StationEnded("approve", FAILED, 1.0, summary=summary), run="r1", stack=STACK)
    assert clean(ledger) == 1


def test_runs_side_by_side_count_in_the_order_of_their_ends(ledger: Ledger) -> None:
    for name, stack in (("r1", STACK), ("r2", OTHER)):
        start(ledger, name)
        authorise(ledger, name, stack)
    act(ledger, "r2", *WHOLE, stack=OTHER)
    act(ledger, "r1", ("provision", FAILED))
    assert clean(ledger) == 0


def test_what_lies_far_back_is_not_counted(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(path) as ledger:
        for number in range(5):
            run(ledger, f"r{number}", *WHOLE)
        whole = len(ledger.entries("r0"))
        kept = whole - 2  # neither end of approve is looked at
        monkeypatch.setattr("infraops.ledger.clean_runs.LOOKED_AT", 2 * kept)
        assert clean(ledger) == 2
        monkeypatch.setattr("infraops.ledger.clean_runs.LOOKED_AT", 2 * kept + 1)
        assert clean(ledger) == 2
        monkeypatch.setattr("infraops.ledger.clean_runs.LOOKED_AT", 3 * kept - 1)
        assert clean(ledger) == 2


def test_it_is_one_question_to_the_database(path: Path) -> None:
    from sqlalchemy import event

    with opened(path) as ledger:
        for number in range(3):
            run(ledger, f"r{number}", *WHOLE)
        asked: list[str] = []
        engine = ledger._store._database.engine
        event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
        ledger.clean_runs("lab")
        assert len([text for text in asked if text.startswith("SELECT entries")]) == 1
