"""Changes that were authorised, and what became of them."""

import pytest

from infraops.ledger import Ledger
from infraops.ledger.changes import LOOKED_AT
from infraops.models.ledger.changes import ChangeAuthorised
from infraops.models.ledger.runs import RunEnded
from infraops.models.ledger.stations import StationEnded
from infraops.models.runs.run import Outcome
from tests.ledger.trees import STACK, pass_station


def authorise(ledger: Ledger, run: str, stack: str = STACK, **more: object) -> None:
    values = {"template": "web@1.0", "fingerprint": "f", "rule": "at the terminal", "actions": {"create": 1}, **more}
    ledger.append(ChangeAuthorised(**values), run=run, stack=stack)  # type: ignore[arg-type]


def test_a_ledger_without_changes_tells_of_none(ledger: Ledger) -> None:
    pass_station(ledger, "r1", "provision", Outcome.DONE)
    assert ledger.changes() == ()


@pytest.mark.parametrize(
    ("outcomes", "ended", "good"),
    [
        ([Outcome.DONE, Outcome.UNCHANGED], True, True),
        ([Outcome.DONE, Outcome.FAILED], True, False),
        ([Outcome.FAILED], False, False),
        ([Outcome.DONE], False, None),
        ([Outcome.DONE, Outcome.INTERRUPTED], True, None),
        ([Outcome.NOT_APPROVED], True, None),
        ([], True, None),
        ([], False, None),
    ],
)
def test_how_a_change_ended(ledger: Ledger, outcomes: list[Outcome], ended: bool, good: bool | None) -> None:
    pass_station(ledger, "r1", "plan", Outcome.DONE)
    authorise(ledger, "r1", cost_after=12.5)
    for station, outcome in zip(("provision", "configure"), outcomes, strict=False):
        pass_station(ledger, "r1", station, outcome)
    if ended:
        ledger.append(RunEnded(Outcome.DONE, 0), run="r1")
    (found,) = ledger.changes()
    assert (found.run, found.stack, found.template, found.actions) == ("r1", STACK, "web@1.0", {"create": 1})
    assert (found.good, found.cost_after) == (good, 12.5)


def test_other_stacks_and_runs_say_nothing_about_a_change(ledger: Ledger) -> None:
    authorise(ledger, "r1")
    ledger.append(StationEnded("provision", Outcome.FAILED, 1), run="r1", stack="lab/other")
    pass_station(ledger, "r2", "provision", Outcome.FAILED)
    pass_station(ledger, "r1", "provision", Outcome.DONE)
    ledger.append(RunEnded(Outcome.FAILED, 1), run="r1")
    (found,) = ledger.changes()
    assert found.good is True


def test_what_is_authorised_again_counts_once(ledger: Ledger) -> None:
    authorise(ledger, "r1", deferred=True)
    pass_station(ledger, "r1", "plan", Outcome.FAILED)
    authorise(ledger, "r1", actions={"replace": 2})
    pass_station(ledger, "r1", "provision", Outcome.DONE)
    ledger.append(RunEnded(Outcome.DONE, 0), run="r1")
    (found,) = ledger.changes()
    assert (found.actions, found.good) == ({"replace": 2}, True)


def test_only_the_newest_changes_are_looked_at(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    assert LOOKED_AT >= 100
    monkeypatch.setattr("infraops.ledger.changes.LOOKED_AT", 3)
    for number in range(5):
        authorise(ledger, f"r{number}")
    assert [each.run for each in ledger.changes()] == ["r2", "r3", "r4"]
