"""Rego compiled and at work on a document, without a control repo around it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infraops.assessment.rego.judging import broken_in_rego
from infraops.assessment.rego.machine import Machine
from infraops.assessment.rego.values import to_json
from infraops.controlrepo.documents.composed import Composed
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.governance.policies import read_policies
from infraops.models.files.policy import Policies
from infraops.models.plans.finding import Finding


def policies_in(root: Path, files: Mapping[str, str]) -> Policies:
    """Read policies from files below `policies/`; raises what a user would be told."""
    for name, text in files.items():
        (root / "policies" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "policies" / name).write_text(text)
    mistakes = Mistakes()
    policies = read_policies(root, mistakes, Composed())
    mistakes.refuse()
    return policies


def found_by(policies: Policies, document: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return rule, severity and message of every finding in Rego."""
    return [(each.rule, each.severity.value, each.message) for each in findings(policies, document)]


def findings(policies: Policies, document: Mapping[str, Any]) -> list[Finding]:
    """Return every finding in Rego."""
    return list(broken_in_rego(document, policies))


def value_of(policies: Policies, rule: str, document: Any) -> Any:
    """Return what a rule evaluates to."""
    return to_json(Machine(policies.rego.plan, document).value(rule))
