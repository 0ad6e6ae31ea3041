"""A review as SARIF 2.1.0: what is wrong, and what is lost, as findings at the blueprints' lines."""

import json
from collections.abc import Iterator
from typing import Any

from infraops import __version__
from infraops.assessment.policy import sentence
from infraops.errors import Exit
from infraops.models.reports.review import Review, Subject
from infraops.models.runs.run import StackResult
from infraops.views.review.content import page_of
from infraops.views.review.page import Gravity, Part
from infraops.views.words import harmless

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
RULES = {
    "denied": "A rule of the environment or of a blueprint forbids what would happen.",
    "not-planned": "A stack could not be planned, so nobody knows what would happen to it.",
    "loses": "Resources would be destroyed or replaced, or nobody knows what would happen to them.",
    "failed-check": "A check of the module's own fails.",
    "drift": "Something was changed outside infraops since it was applied.",
}


def sarif(review: Review) -> str:
    """Write the findings; a code host shows them beside the lines of the blueprints."""
    findings = [finding for part in page_of(review).parts for finding in _findings(part.subject, part, review)]
    findings += [each for stack in review.result.stacks for each in _policy(stack, review.subjects[stack.stack])]
    broken = {finding.rule: finding.control for stack in review.result.stacks for finding in stack.findings}
    texts = {**RULES, **{f"policy/{name}": control for name, control in sorted(broken.items())}}
    rules = [{"id": name, "shortDescription": {"text": text}} for name, text in texts.items()]
    driver = {"name": "infraops", "version": __version__, "rules": rules}
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": findings}]}
    return harmless(json.dumps(document, indent=2, ensure_ascii=False))


def _policy(stack: StackResult, subject: Subject) -> Iterator[dict[str, Any]]:
    for finding in stack.findings:
        yield _finding(f"policy/{finding.rule}", "note" if finding.waived else "warning", sentence(finding), subject)


def _findings(subject: Subject, part: Part, review: Review) -> Iterator[dict[str, Any]]:
    stack = next(each for each in review.result.stacks if each.stack == subject.stack)
    if part.failure is not None:
        rule = "denied" if part.failure.exit_code == Exit.DENIED else "not-planned"
        yield _finding(rule, "error", f"{part.failure.doing}: {part.failure.problem}", subject)
    elif part.blocked_by:
        yield _finding("not-planned", "error", f"not planned: {part.blocked_by} could not be", subject)
    elif part.gravity is Gravity.LOSES:
        lost = [line.address for line in part.changes if line.sign in ("-", "±", "?")]
        yield _finding("loses", "warning", f"would be destroyed or replaced: {', '.join(lost)}", subject)
    for check in stack.plan.failed_checks if stack.plan is not None else ():
        yield _finding("failed-check", "warning", check, subject)
    if part.drift:
        changed = ", ".join(line.address for line in part.drift)
        yield _finding("drift", "note", f"changed outside infraops: {changed}", subject)


def _finding(rule: str, level: str, text: str, subject: Subject) -> dict[str, Any]:
    place = subject.place
    location = {"artifactLocation": {"uri": place.file}, "region": {"startLine": place.line or 1}}
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": f"{subject.stack}: {text}"},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"infraops/v1": f"{rule}:{subject.stack}"},
    }
