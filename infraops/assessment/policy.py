"""Which rules a plan breaks, and which waivers let it pass. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from infraops.assessment.expressions import Unusable, context_of, holds
from infraops.assessment.rego.judging import broken_in_rego
from infraops.assessment.subject import fill_in
from infraops.models.files.policy import Policies, Rule
from infraops.models.plans.finding import Finding, Severity


def judge(
    subject: Mapping[str, Any], *several: Policies, today: date, document: Mapping[str, Any] | None = None
) -> tuple[Finding, ...]:
    """Return a finding for each rule that is broken, the denying ones first.

    A rule whose expression fails counts as broken: what cannot be judged does not pass. Rules in Rego are evaluated on
    the plan's own `document`, with sensitive values masked; without it they are not. Of a rule that stands in several
    policies the gravest finding is kept: the one that denies, then the one that is not waived.
    """
    broken = _judge_by(subject)
    kept: dict[str, Finding] = {}
    for policies in several:
        for finding in _found(subject, policies, broken, today, document):
            other = kept.get(finding.rule)
            if other is None or (finding.denies, not finding.waived) > (other.denies, not other.waived):
                kept[finding.rule] = finding
    return tuple(sorted(kept.values(), key=lambda finding: not finding.denies))


def _found(
    subject: Mapping[str, Any],
    policies: Policies,
    broken: Callable[[Rule], str],
    today: date,
    document: Mapping[str, Any] | None,
) -> list[Finding]:
    found = []
    for rule in policies.rules:
        message = "" if rule.severity is Severity.OFF else broken(rule)
        if message:
            found.append(_finding(rule, message, subject))
    if document is not None:
        found += broken_in_rego(document, policies)
    return [waived(finding, policies, subject["stack"]["name"], today) for finding in found]


def _judge_by(subject: Mapping[str, Any]) -> Callable[[Rule], str]:
    """Return what says how a rule is broken; empty where it is not. An expression is asked once."""
    handed = cache(lambda: context_of(subject))
    is_true = cache(lambda when: holds(when, handed()))

    def broken(rule: Rule) -> str:
        try:
            return fill_in(rule.written.message, subject) if is_true(rule.written.when) else ""
        except Unusable as error:
            return f"its expression cannot be evaluated: {error}"

    return broken


def _finding(rule: Rule, message: str, subject: Mapping[str, Any]) -> Finding:
    hint = fill_in(rule.written.hint, subject)
    return Finding(rule.name, rule.severity, message, hint, rule.written.control, str(rule.place))


def waived(finding: Finding, policies: Policies, stack: str, today: date) -> Finding:
    """Return a finding with the waiver that lets this stack pass, or the one that no longer does."""
    for waiver in policies.waivers if not finding.waived else ():
        written = waiver.written
        if not written.covers(finding.rule, stack):
            continue
        if written.works(today):
            text = f"by {written.owner} until {written.expires} ({waiver.place}): {written.reason}"
            return replace(finding, waived=text, expired="")
        finding = replace(finding, expired=f"the waiver by {written.owner} ({waiver.place}) expired {written.expires}")
    return finding


def sentence(finding: Finding) -> str:
    """Say in one line what was found, and whether a waiver lets it pass."""
    said = f"{finding.message} (rule {finding.rule}, {finding.place})"
    if finding.waived:
        return f"waived {finding.waived}: {said}"
    return f"{said}; {finding.expired}" if finding.expired else said
