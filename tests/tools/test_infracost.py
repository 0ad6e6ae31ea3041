"""Infracost's JSON: what it says of stacks, and what is wrong with a file that says it otherwise."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from infraops.errors import UsageError
from infraops.tools.infracost import read_infracost

STACKS = ("production/web", "production/db")


def component(monthly: str | None, **more: Any) -> dict[str, Any]:
    return {"name": "x", "unit": "hours", "price": "1", "hourlyCost": None, "monthlyCost": monthly, **more}


def resource(kind: str, *components: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": f"{kind}.a", "resourceType": kind, "costComponents": list(components), **more}


ANSWER: dict[str, Any] = {
    "version": "0.2",
    "currency": "USD",
    "projects": [
        {
            "name": "web",
            "metadata": {"path": ".infraops/stacks/production/web", "type": "terraform_dir"},
            "pastBreakdown": {"resources": [], "totalMonthlyCost": "10.5", "totalHourlyCost": "0.01"},
            "breakdown": {
                "resources": [
                    resource("aws_instance", component("30.25")),
                    resource("aws_lambda_function", component(None, usageBased=True)),
                    resource(
                        "aws_lb", component("1"), subresources=[resource("a", component("0", priceNotFound=True))]
                    ),
                ],
                "totalMonthlyCost": "31.25",
            },
            "diff": {"resources": [], "totalMonthlyCost": "20.75"},
            "summary": {
                "unsupportedResourceCounts": {"aws_odd": 2},
                "noPriceResourceCounts": {"aws_vpc": 3, "aws_subnet": 1},
            },
        }
    ],
    "totalMonthlyCost": "31.25",
}


def written(path: Path, answer: Any) -> Path:
    file = path / "infracost.json"
    file.write_text(answer if isinstance(answer, str) else json.dumps(answer))
    return file


def test_what_it_says_of_a_stack(tmp_path: Path) -> None:
    found, strangers = read_infracost(written(tmp_path, ANSWER), STACKS, currency="USD")
    assert strangers == ()
    cost = found["production/web"]
    assert (cost.before, cost.after, cost.delta) == (10.5, 31.25, 20.75)
    assert (cost.priced, cost.unpriced) == (5, 4)
    assert cost.unknown == ("aws_lambda_function (usage not known)", "aws_lb (usage not known)", "aws_odd")
    assert cost.source == "Infracost"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("production/web", "."),
        ("organisation/repo/.infraops/stacks/production/web", ""),
        ("web", "/home/me/repo/.infraops/stacks/production/web/plan.json"),
    ],
)
def test_a_project_is_the_stack_that_it_is_called_after(tmp_path: Path, name: str, path: str) -> None:
    answer = deepcopy(ANSWER)
    answer["projects"][0] |= {"name": name, "metadata": {"path": path}}
    answer["projects"].append({**answer["projects"][0], "name": "elsewhere", "metadata": {}})
    found, strangers = read_infracost(written(tmp_path, answer), STACKS, currency="USD")
    assert list(found) == ["production/web"]
    assert strangers == ("elsewhere",)


def broken(**project: Any) -> dict[str, Any]:
    answer = deepcopy(ANSWER)
    answer["projects"][0] |= project
    return answer


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ("{", "it is not JSON: "),
        ("[]", "the file: "),
        ("{}", "version: field required"),
        ({**ANSWER, "currency": "EUR"}, "it is in EUR, and the prices and budgets of the control repo are in USD"),
        ({**ANSWER, "projects": []}, "it has no projects"),
        ({**ANSWER, "projects": ANSWER["projects"] * 2}, "two of its projects are production/web"),
        (broken(name="x/y", metadata={}), "none of its projects is a stack: x/y"),
        (broken(pastBreakdown=None), "project web does not say what it costs before"),
        (broken(breakdown=None), "project web does not say what it costs after"),
        (broken(pastBreakdown={"totalMonthlyCost": "lots"}), "projects.0.pastBreakdown.totalMonthlyCost: "),
        (broken(pastBreakdown={"totalMonthlyCost": "NaN"}), "projects.0.pastBreakdown.totalMonthlyCost: "),
    ],
)
def test_a_file_that_is_something_else_is_refused(tmp_path: Path, answer: Any, problem: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_infracost(written(tmp_path, answer), STACKS, currency="USD")
    assert raised.value.problem.startswith(problem)
    assert raised.value.hint


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        read_infracost(tmp_path / "none.json", STACKS, currency="USD")
