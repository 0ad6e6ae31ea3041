"""Findings in SARIF, as a code host takes them."""

import json
from typing import Any

from infraops.errors import Exit
from infraops.models.plans.plan import Action, PlanModel
from infraops.views.review.sarif import RULES, sarif
from tests.views.review.cases import change, finding, review, stack, unplanned


def test_what_is_wrong_or_lost_is_a_finding_at_the_blueprints_line() -> None:
    document: dict[str, Any] = json.loads(
        sarif(
            review(
                stack("calm", change(Action.CREATE)),
                stack("gone", change(Action.DELETE)),
                stack(
                    "drifted", plan=PlanModel(drift=(change(Action.UPDATE),), failed_checks=("check.up: it is down",))
                ),
                unplanned("broken"),
                unplanned("denied", "it would destroy a disk", exit_code=Exit.DENIED),
                stack("behind", blocked_by="lab/broken"),
            )
        )
    )
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    found = {
        (each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], each["ruleId"], each["level"])
        for each in run["results"]
    }
    assert found == {
        ("blueprints/gone.yaml", "loses", "warning"),
        ("blueprints/drifted.yaml", "failed-check", "warning"),
        ("blueprints/drifted.yaml", "drift", "note"),
        ("blueprints/broken.yaml", "not-planned", "error"),
        ("blueprints/denied.yaml", "denied", "error"),
        ("blueprints/behind.yaml", "not-planned", "error"),
    }
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == set(RULES)
    lines = {each["locations"][0]["physicalLocation"]["region"]["startLine"] for each in run["results"]}
    assert lines == {3}
    texts = [each["message"]["text"] for each in run["results"]]
    assert "lab/gone: would be destroyed or replaced: module.service.disk.data" in texts


def test_rules_of_policy_are_findings_of_their_own() -> None:
    written = sarif(review(stack("web", findings=(finding(),)), stack("db", findings=(finding(waived="by us"),))))
    (run,) = json.loads(written)["runs"]
    assert [(each["ruleId"], each["level"]) for each in run["results"]] == [
        ("policy/tidy", "warning"),
        ("policy/tidy", "note"),
    ]
    described = {rule["id"]: rule["shortDescription"]["text"] for rule in run["tool"]["driver"]["rules"]}
    assert described["policy/tidy"] == "order: a place for all"
