"""A run in JUnit's XML, for programs that show tests: a suite a stack, a case a station and a check."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from infraops.lines import LINES
from infraops.models.reports.tested import Step, Tested, Verdict
from infraops.models.runs.results import CheckResult
from infraops.models.runs.run import Failure, Outcome, RunResult, StackResult, StationRecord
from infraops.stations.bench.tools import Gate, name_of

# Everything but what XML 1.0 calls a character; it cannot be written there, not even as a number.
_NO_CHARACTER = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class _Case:
    """One case: `failed` and `skipped` say why, where it is so. A check's seconds are in its station's as well."""

    name: str
    seconds: float = 0.0
    failed: Failure | None = None
    skipped: str = ""
    check: bool = False


def junit(result: RunResult) -> bytes:
    """Write a run as JUnit's XML. It is well-formed whatever a blueprint or a tool says."""
    suites = [(stack.stack, list(_cases(stack, _stations(result)))) for stack in result.stacks]
    if result.failure is not None:
        suites.insert(0, (result.line, [_Case(result.failure.station or "run", failed=result.failure)]))
    return _written(f"infraops {result.line} {result.environment}", suites, result.seconds)


def tests_junit(result: Tested) -> bytes:
    """Write a test of templates as JUnit's XML: a suite a case, and a case a step."""
    suites = [
        (
            f"{case.template} {case.case}",
            [_Case(each.name, each.seconds, each.failure, _why_skipped(each)) for each in case.steps],
        )
        for case in result.cases
    ]
    return _written(f"infraops template test {result.environment}", suites, result.seconds)


def _why_skipped(step: Step) -> str:
    return "a step before it failed" if step.verdict is Verdict.SKIPPED else ""


def _written(title: str, suites: Sequence[tuple[str, list[_Case]]], seconds: float) -> bytes:
    every = [case for _, cases in suites for case in cases]
    root = Element("testsuites", _numbers(title, every, seconds))
    for name, cases in suites:
        suite = SubElement(root, "testsuite", _numbers(name, cases))
        for case in cases:
            _add(suite, name, case)
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _stations(result: RunResult) -> Sequence[str]:
    """Name the stations that each stack of the run has before it; a gate is the whole run's."""
    line = LINES.get(result.line, ())
    passed = (record.station for stack in result.stacks for record in stack.stations)
    return [name_of(station) for station in line if not isinstance(station, Gate)] or list(dict.fromkeys(passed))


def _cases(stack: StackResult, stations: Iterable[str]) -> Iterator[_Case]:
    for record in stack.stations:
        yield _Case(record.station, record.seconds, failed=_failure(stack, record))
    passed = {record.station for record in stack.stations}
    for station in stations:
        if station not in passed:
            yield _Case(station, skipped=_why_not(stack))
    for check in stack.checks:
        yield _Case(f"check {check.name}", check.seconds, failed=_failed_check(check), check=True)


def _failure(stack: StackResult, record: StationRecord) -> Failure | None:
    if record.outcome.good:
        return None
    if stack.failure is not None and stack.failure.station == record.station:
        return stack.failure
    return Failure(record.station, f"station {record.station}", record.summary or record.outcome.value)


def _failed_check(check: CheckResult) -> Failure | None:
    tries = "1 try" if check.attempts == 1 else f"{check.attempts} tries"
    return None if check.passed else Failure("verify", f"checking {check.target}", f"{check.reason} (after {tries})")


def _why_not(stack: StackResult) -> str:
    if stack.proven_by:
        return f"proven by run {stack.proven_by}"
    if stack.outcome is Outcome.BLOCKED:
        return f"blocked: {stack.blocked_by} did not succeed"
    return stack.outcome.value if stack.outcome is Outcome.INTERRUPTED else Outcome.NOT_REACHED.value


def _numbers(name: str, cases: Sequence[_Case], seconds: float | None = None) -> dict[str, str]:
    return {
        "name": _clean(name),
        "tests": str(len(cases)),
        "failures": str(sum(case.failed is not None for case in cases)),
        "errors": "0",
        "skipped": str(sum(bool(case.skipped) for case in cases)),
        "time": _time(sum(case.seconds for case in cases if not case.check) if seconds is None else seconds),
    }


def _add(suite: Element, stack: str, case: _Case) -> None:
    written = {"classname": _clean(stack), "name": _clean(case.name), "time": _time(case.seconds)}
    element = SubElement(suite, "testcase", written)
    if case.failed is not None:
        why = case.failed
        about = {"type": f"exit code {why.exit_code}", "message": _clean(f"{why.doing}: {why.problem}")}
        lines = [f"doing: {why.doing}", f"problem: {why.problem}", *([f"hint: {why.hint}"] if why.hint else ())]
        SubElement(element, "failure", about).text = _clean("\n".join(lines))
    elif case.skipped:
        SubElement(element, "skipped", {"message": _clean(case.skipped)})


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"


def _clean(text: str) -> str:
    """Write what XML has no way to hold as escapes that a person can read."""
    return _NO_CHARACTER.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
