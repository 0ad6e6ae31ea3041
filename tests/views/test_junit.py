"""A run as JUnit's XML: well-formed whatever anybody says, and complete."""

import json
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from infraops.models.runs.results import CheckResult
from infraops.models.runs.run import Failure, Outcome, RunResult, StackResult, StationRecord
from infraops.views.reports import report_files

TEXT = st.text(st.characters(exclude_categories=()), max_size=12)  # control characters and half surrogates, too
SECONDS = st.floats(0, 1e6)
FAILURES = st.none() | st.builds(Failure, st.sampled_from(["plan", "approve", ""]), TEXT, TEXT, TEXT)
RECORDS = st.builds(
    StationRecord,
    st.sampled_from(["validate", "render", "plan", "provision", "own"]),
    st.sampled_from(Outcome),
    SECONDS,
    SECONDS,
    TEXT,
)
CHECKS = st.builds(CheckResult, TEXT, TEXT, st.booleans(), SECONDS, st.integers(1, 9), TEXT)
STACKS = st.builds(
    StackResult,
    TEXT,
    st.sampled_from(Outcome),
    st.lists(RECORDS, max_size=5).map(tuple),
    checks=st.lists(CHECKS, max_size=2).map(tuple),
    failure=FAILURES,
    notes=st.tuples(TEXT),
    blocked_by=TEXT,
    proven_by=TEXT,
)
RESULTS = st.builds(
    RunResult,
    TEXT,
    st.sampled_from(["plan", "apply", "destroy", "drift"]),
    TEXT,
    st.sampled_from(Outcome),
    SECONDS,
    st.lists(STACKS, max_size=3).map(tuple),
    st.just(()),
    FAILURES,
)


@given(RESULTS)
def test_it_is_well_formed_and_counts_right_whatever_anybody_says(result: RunResult) -> None:
    files = report_files(result)
    assert json.loads(files["report.json"])["outcome"] == result.outcome.value
    root = ElementTree.fromstring(files["junit.xml"])
    suites = root.findall("testsuite")
    assert len(suites) == len(result.stacks) + (result.failure is not None)
    for tag in ("failure", "skipped"):
        counted = "failures" if tag == "failure" else tag
        assert [int(suite.attrib[counted]) for suite in suites] == [len(suite.findall(f"*/{tag}")) for suite in suites]
        assert int(root.attrib[counted]) == len(root.findall(f".//{tag}"))
    assert int(root.attrib["tests"]) == len(root.findall(".//testcase"))
    for stack, suite in zip(result.stacks, suites[-len(result.stacks) :] if result.stacks else [], strict=True):
        bad = [record for record in stack.stations if not record.outcome.good]
        bad_checks = [check for check in stack.checks if not check.passed]
        assert len(suite.findall("*/failure")) == len(bad) + len(bad_checks)


def record(station: str, outcome: Outcome = Outcome.DONE) -> StationRecord:
    return StationRecord(station, outcome, 0.0, 1.5)


def test_a_failure_says_what_was_done_what_stopped_it_and_what_to_do() -> None:
    failed = StackResult(
        "lab/web",
        Outcome.FAILED,
        (record("validate"), record("render"), record("plan", Outcome.FAILED)),
        checks=(CheckResult("home", "http://a/", False, 2.0, 3, "404"),),
        failure=Failure("plan", "planning lab/web", "no such\x1b[31m image", "choose another"),
    )
    blocked = StackResult("lab/shop", Outcome.BLOCKED, blocked_by="lab/web")
    proven = StackResult("lab/db", Outcome.UNCHANGED, proven_by="20260101-000000-abcd")
    result = RunResult("r", "plan", "lab", Outcome.FAILED, 3.25, (failed, blocked, proven))
    root = ElementTree.fromstring(report_files(result)["junit.xml"])
    assert (root.attrib["name"], root.attrib["time"]) == ("infraops plan lab", "3.250")
    web, shop, db = root
    assert [(case.attrib["name"], case.attrib["time"], [tag.tag for tag in case]) for case in web] == [
        ("validate", "1.500", []),
        ("render", "1.500", []),
        ("plan", "1.500", ["failure"]),
        ("assess", "0.000", ["skipped"]),
        ("check home", "2.000", ["failure"]),
    ]
    assert web.attrib["time"] == "4.500", "a check's seconds are part of its station's"
    why, of_check = web.findall("*/failure")
    assert why.text == "doing: planning lab/web\nproblem: no such\\x1b[31m image\nhint: choose another"
    assert of_check.attrib["message"] == "checking http://a/: 404 (after 3 tries)"
    assert {tag.attrib["message"] for tag in shop.findall("*/skipped")} == {"blocked: lab/web did not succeed"}
    assert {tag.attrib["message"] for tag in db.findall("*/skipped")} == {"proven by run 20260101-000000-abcd"}
    assert len(shop) == len(db) == 4
