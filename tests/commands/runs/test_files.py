"""Every run leaves its report, however it ends."""

import errno
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from infraops.commands.apply import apply
from infraops.commands.context.surroundings import Surroundings
from infraops.commands.destroy import destroy
from infraops.commands.history import history
from infraops.commands.plan import plan
from infraops.commands.resume import resume
from infraops.commands.selection.stacks import Selection
from infraops.errors import Denied, NotApproved
from infraops.models.runs.events import Event, StationStarted
from infraops.stations.bench.job import Ask
from infraops.views.documents import document_text, run_document
from infraops.views.reports import report_files
from tests.commands.estate import ENVIRONMENT, blueprint, make_estate, surroundings

ALL = Selection(environment="local")


def estate(root: Path, *, broken: bool = False, environment: str = ENVIRONMENT) -> Path:
    first = blueprint("first", parameters="{broken: true}" if broken else "{}")
    second = blueprint("second", inputs="{follows: first.id}")
    return make_estate(root, {"first": first, "second": second}, environment=environment)


def around(root: Path, ask: Ask | None = None) -> Surroundings:
    return replace(surroundings(root, root.parent, ask=ask), report_files=report_files)


def reports(root: Path) -> list[tuple[dict[str, Any], ElementTree.Element]]:
    """Return the reports of all runs, oldest first; a run without both files is an error."""
    runs = sorted((root / ".infraops" / "runs").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    assert all((run / name).stat().st_mode & 0o777 == 0o600 for run in runs for name in ("report.json", "junit.xml"))
    return [
        (json.loads((run / "report.json").read_text()), ElementTree.parse(run / "junit.xml").getroot()) for run in runs
    ]


def outcomes(document: dict[str, Any]) -> dict[str, str]:
    return {stack["stack"]: stack["outcome"] for stack in document["stacks"]}


def test_a_report_is_what_json_prints(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    results = [plan(ALL, around(root)), apply(ALL, around(root)), apply(ALL, around(root)), destroy(ALL, around(root))]
    found = reports(root)
    for result, (document, suites) in zip(results, found, strict=True):
        assert document == json.loads(document_text(f"infraops/{result.line}/v1", run_document(result)))
        assert [suite.attrib["name"] for suite in suites] == ["local/first", "local/second"]
    assert [suites.attrib["failures"] for _, suites in found] == ["0"] * 4
    assert found[2][1].attrib["skipped"] == found[2][1].attrib["tests"], "all was proven"


def test_a_failed_run_and_the_one_that_goes_on_with_it(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo", broken=True)
    apply(ALL, around(root))
    estate(root)
    resume(around(root))
    (failed, suites), (resumed, _) = reports(root)
    assert outcomes(failed) == {"local/first": "failed", "local/second": "blocked"}
    assert failed["stacks"][0]["failure"]["station"] == "plan"
    assert "broken on purpose" in "".join(suites[0].itertext())
    assert (resumed["schema"], resumed["outcome"]) == ("infraops/apply/v1", "done")


@pytest.mark.parametrize("why", ["not approved", "denied"])
def test_a_run_that_nobody_allowed_says_what_it_would_have_done(tmp_path: Path, why: str) -> None:
    strict = f"{ENVIRONMENT}change: {{max_destroy: 0}}\n"
    root = estate(tmp_path / "repo", environment=strict)
    if why == "denied":
        apply(ALL, around(root))
        with pytest.raises(Denied):
            destroy(ALL, around(root))
    else:
        with pytest.raises(NotApproved):
            apply(ALL, around(root, ask=lambda _: False))
    document, suites = reports(root)[-1]
    assert document["outcome"] == ("failed" if why == "denied" else why)
    assert document["failure"]["exit_code"] == (4 if why == "denied" else 5)
    assert outcomes(document) == {"local/first": "not reached", "local/second": "not reached"}
    assert sum(document["counts"].values()) == 2
    (gate,) = suites[0]
    assert (suites[0].attrib["name"], gate.attrib["name"]) == (document["line"], "approve")
    assert suites.attrib["failures"] == "1"
    assert not list(root.glob(".infraops/runs/*/*.tfplan"))


@pytest.mark.parametrize(("error", "outcome"), [(KeyboardInterrupt(), "interrupted"), (RuntimeError("boom"), "failed")])
def test_a_run_that_breaks_off_leaves_a_report(tmp_path: Path, error: BaseException, outcome: str) -> None:
    root = estate(tmp_path / "repo")

    def ask(_: object) -> bool:
        raise error

    with pytest.raises(type(error)):
        apply(ALL, around(root, ask=ask))
    ((document, _),) = reports(root)
    assert document["outcome"] == outcome
    assert outcomes(document) == {"local/first": "not reached", "local/second": "not reached"}


def test_what_the_system_refuses_is_no_bug_in_the_record(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")

    def report(event: Event) -> None:
        if isinstance(event, StationStarted):
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        apply(ALL, replace(around(root), report=report))
    ((document, _),) = reports(root)
    assert (document["failure"]["problem"], document["failure"]["exit_code"]) == ("no space left on device", 1)
    assert [known.record.exit_code for known in history(around(root))] == [1]


def test_an_interrupted_run_leaves_a_report(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    surrounding = around(root)

    def report(event: Event) -> None:
        if isinstance(event, StationStarted) and event.station == "provision":
            surrounding.children.interrupt()

    result = apply(ALL, replace(surrounding, report=report))
    ((document, _),) = reports(root)
    assert document["outcome"] == result.outcome.value == "interrupted"


def test_a_report_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    events: list[Any] = []
    surrounding = replace(
        surroundings(root, tmp_path, events=events), report_files=lambda _: {f"{'x' * 300}.json": b""}
    )
    assert plan(ALL, surrounding).outcome.good
    assert [event.line for event in events if "report could not be written" in getattr(event, "line", "")]
