"""What stacks cost, from the shell: by a catalogue of the repo's own, by Infracost, and against budgets."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import forked
from tests.commands.estate import ENVIRONMENT, MODULE, SETTINGS, blueprint, make_estate

PRICES = """\
schema: infraops/v1
prices:
  - sku: small
    resource: terraform_data
    where: {input: small}
    unit: hour
    price: 0.05
    source: a price list
    retrieved_at: "2026-11-01"
    valid_until: "2026-11-02"
  - sku: large
    resource: terraform_data
    where: {input: large}
    unit: month
    price: 100
    source: a price list
    retrieved_at: "2026-11-01"
"""
FLEET = (
    MODULE.partition("resource ")[0]
    + """\
resource "terraform_data" "first" {
  input = "large"
}

resource "terraform_data" "each" {
  for_each = toset(["a", "b"])
  input    = "small"
}

resource "terraform_data" "count" {
  count = 3
  input = "small"
}

resource "terraform_data" "later" {
  input = terraform_data.first.id
}

resource "terraform_data" "secret" {
  input = sensitive("large")
}

data "terraform_remote_state" "nothing" {
  backend  = "local"
  config   = { path = terraform_data.first.id }
  defaults = { value = "large" }
}

output "id" {
  value = terraform_data.first.id
}

"""
)
FLEET += MODULE[MODULE.index('output "hosts"') :]


def estate(root: Path, *, environment: str = "", settings: str = "", policies: str = "", **values: str) -> Path:
    """Write a repo with prices, and a stack for each value; `budget` behind a value is the blueprint's."""
    blueprints = {}
    for name, value in values.items():
        kind, _, budget = value.partition(" ")
        text = blueprint(name, parameters=f"{{value: {kind}}}")
        blueprints[name] = text + (f"budget: {{monthly_usd: {budget}}}\n" if budget else "")
    make_estate(root, blueprints, environment=ENVIRONMENT + environment)
    (root / "infraops.yaml").write_text(SETTINGS + settings)
    (root / "prices").mkdir()
    (root / "prices/list.yaml").write_text(PRICES)
    if policies:
        (root / "policies").mkdir()
        (root / "policies/a.yaml").write_text("schema: infraops/v1\n" + policies)
    return root


def infraops(root: Path, *words: str, columns: int = 200, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {"HOME": str(root.parent), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "COLUMNS": str(columns)}
    environ |= variables
    return forked.infraops(*words, "--quiet", cwd=root, env=environ)


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_what_is_planned_is_told_with_how_far_it_is_known(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo", web="small", db="large", odd="unheard-of")
    told = infraops(root, "plan")
    assert told.returncode == 0, told.stderr
    assert (
        "  cost: +36.50 USD/month (0.00 → 36.50), 1 of 1 resource priced; stale prices: small (until 2026-11-02)"
        in (told.stdout.splitlines())
    )
    assert told.stdout.count("cost: ") == 2, "nothing is said of what is not known, but in the review"
    reviewed = infraops(root, "review").stdout
    assert "Cost: +136.50 USD/month (0.00 → 136.50), 2 of 3 resources priced; no price for terraform\\_data" in reviewed
    rows = {line.split("`")[1]: line.split(" | ")[6] for line in reviewed.splitlines() if line.startswith("| ✏️")}
    assert rows == {"local/web": "+36.50", "local/db": "+100.00", "local/odd": "?"}
    assert "# cost: not known; no price for terraform_data" in reviewed


def test_what_is_there_costs_although_nothing_happens_to_it(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo", web="small", db="large")
    assert infraops(root, "apply", "--yes").returncode == 0
    assert "cost" not in infraops(root, "plan").stdout, "proven stacks are not looked at"
    found = document(infraops(root, "cost", "--json"))
    assert (found["total"]["before"], found["total"]["after"], found["total"]["delta"]) == (136.5, 136.5, 0)
    (root / "blueprints/web.yaml").write_text(blueprint("web", parameters="{value: large}"))
    found = document(infraops(root, "cost", "--json"))
    assert (found["total"]["before"], found["total"]["after"], found["total"]["delta"]) == (136.5, 200, 63.5)
    gone = document(infraops(root, "plan", "--destroy", "--json"))
    assert (gone["cost"]["before"], gone["cost"]["after"]) == (136.5, 0)


def test_every_resource_counts_once_and_what_cannot_be_known_has_no_price(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo", web="small")
    (root / "catalog/trial/terraform/local/main.tf").write_text(FLEET)
    found = document(infraops(root, "plan", "--json"))["cost"]
    assert (found["after"], found["priced"], found["unpriced"]) == (100 + 5 * 36.5, 6, 2)
    assert found["unknown"] == ["terraform_data (input not known)"]


def test_what_is_let_go_of_is_not_saved(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo", web="large")
    assert infraops(root, "apply", "--yes").returncode == 0
    module = root / "catalog/trial/terraform/local/main.tf"
    text = module.read_text()
    text = text[: text.index("resource ")] + text[text.index('output "id"') :].replace("terraform_data.value.id", '""')
    module.write_text(text)
    told = blueprint("web") + "forget: [terraform_data.value]\n"
    (root / "blueprints/web.yaml").write_text(told)
    found = document(infraops(root, "plan", "--json"))
    assert found["counts"]["forget"] == 1, found
    assert (found["cost"]["before"], found["cost"]["after"]) == (100, 100)


def test_a_table_says_what_each_stack_costs_of_its_budget(tmp_path: Path) -> None:
    root = estate(
        tmp_path / "repo",
        environment="budget: {monthly_usd: 400}\n",
        settings="budgets: {team-trial: {monthly_usd: 130}}\n",
        web="small 73",
        db="large 80",
        odd="unheard-of",
    )
    told = infraops(root, "cost", columns=80)
    assert told.returncode == 0, told.stderr
    rows = [line.split() for line in told.stdout.splitlines()]
    assert rows[:4] == [
        ["stack", "before", "after", "change", "budget", "used", "priced"],
        ["local/db", "0.00", "100.00", "+100.00", "80.00", "125%", "1", "of", "1"],
        ["local/odd", "?", "?", "?", "0", "of", "1"],
        ["local/web", "0.00", "36.50", "+36.50", "73.00", "50%", "1", "of", "1"],
    ]
    assert (
        "budget of environment local: 136.50 of 400.00 USD a month, 34%; the cost of 2 of 3 stacks is known"
        in told.stdout
    )
    assert "policy: owner team-trial: 136.50 of 130.00 USD a month, 105%; the cost of 2 of 3" in told.stdout
    assert ": at most " in told.stdout


def test_what_could_not_be_planned_is_not_free(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo", web="small", db="large")
    (root / "blueprints/db.yaml").write_text(blueprint("db", parameters="{broken: true}"))
    told = infraops(root, "cost")
    assert told.returncode == 1
    assert "Nothing is known of 1 stack." in told.stdout
    assert "This one is broken on purpose." in told.stderr
    found = document(infraops(root, "cost", "--json"))
    assert [each["stack"] for each in found["failures"]] == ["local/db"]
    assert [each["cost"] for each in found["stacks"] if each["stack"] == "local/db"] == [None]


def test_beyond_its_budget_a_stack_warns_or_is_denied(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo", web="small 30", db="large 100")
    warned = infraops(root, "plan")
    assert warned.returncode == 0
    assert "it would cost 36.50 USD a month (0.00 before), and its budget is 30.00; 0 of its" in warned.stdout
    assert warned.stdout.count("over-budget") == 1
    (root / "policies").mkdir()
    (root / "policies/a.yaml").write_text("schema: infraops/v1\nseverities: {over-budget: deny}\n")
    denied = infraops(root, "apply", "--yes")
    assert denied.returncode == 4
    told = infraops(root, "review")
    assert told.returncode == 4
    assert "| +36.50 |" in told.stdout, "what it costs is told of what is denied, too"


def test_what_gets_no_dearer_is_not_held_back(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo", web="large")
    assert infraops(root, "apply", "--yes").returncode == 0
    (root / "policies").mkdir()
    (root / "policies/a.yaml").write_text("schema: infraops/v1\nseverities: {over-budget: deny}\n")
    cheaper = blueprint("web", parameters="{value: small}") + "budget: {monthly_usd: 1}\n"
    (root / "blueprints/web.yaml").write_text(cheaper)
    assert infraops(root, "apply", "--yes").returncode == 0


@pytest.mark.parametrize(
    ("environment", "settings"),
    [("budget: {monthly_usd: 120}\n", ""), ("", "budgets: {team-trial: {monthly_usd: 120}}\n")],
)
def test_together_stacks_may_be_beyond_a_budget(tmp_path: Path, environment: str, settings: str) -> None:
    root = estate(
        tmp_path / "repo",
        environment=environment,
        settings=settings,
        policies="severities: {over-budget: deny}\n",
        web="small",
        db="large",
    )
    assert infraops(root, "plan", "db").returncode == 0
    for words in (["plan"], ["review"], ["apply", "--yes"]):
        told = infraops(root, *words)
        assert told.returncode == 4, words
        assert "136.50 of 120.00 USD a month" in told.stdout + told.stderr
    assert list((tmp_path / ".local/state").rglob("*.tfstate")) == []
    waiver = "waivers:\n  - {rule: over-budget, stack: local/*, owner: cfo, reason: agreed, expires: '2999-12-31'}\n"
    with (root / "policies/a.yaml").open("a") as file:
        file.write(waiver)
    passed = infraops(root, "apply", "--yes")
    assert passed.returncode == 0, passed.stderr
    assert "waived by cfo until 2999-12-31" in passed.stderr


def test_rules_of_the_repo_may_speak_of_costs(tmp_path: Path) -> None:
    rule = (
        "rules:\n  - name: no-guessing\n    severity: deny\n    when: cost.unpriced > 0 || cost.delta > 50\n"
        "    message: costs {cost.delta} more, no price for {cost.unknown}\n    control: c\n"
    )
    root = estate(tmp_path / "repo", policies=rule, web="small", db="large", odd="unheard-of")
    told = infraops(root, "plan")
    assert told.returncode == 4
    assert "costs 100.00 more, no price for  (rule no-guessing" in told.stderr
    assert "costs 0.00 more, no price for terraform_data (rule no-guessing" in told.stderr
    assert "local/web failed" not in told.stderr


def infracost(root: Path, **monthly: str) -> Path:
    projects = [
        {
            "name": f"repo/.infraops/stacks/local/{name}",
            "metadata": {"path": name},
            "pastBreakdown": {"resources": [], "totalMonthlyCost": "0"},
            "breakdown": {"resources": [], "totalMonthlyCost": amount},
            "summary": {"noPriceResourceCounts": {"terraform_data": 1}},
        }
        for name, amount in monthly.items()
    ]
    file = root / "infracost.json"
    file.write_text(json.dumps({"version": "0.2", "currency": "USD", "projects": projects}))
    return file


def test_infracost_wins_where_it_knows_a_stack(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo", web="small", db="large")
    infracost(root, web="7.25", elsewhere="1")
    for told in (
        infraops(root, "plan", "--json", "--infracost", "infracost.json"),
        infraops(root, "review", "--json", INFRAOPS_INFRACOST="infracost.json"),
        infraops(root, "cost", "--json", "--infracost", str(root / "infracost.json")),
        infraops(root, "apply", "--yes", "--json", "--infracost", "infracost.json"),
    ):
        assert told.returncode == 0, told.stderr
        assert "projects of " in told.stderr
        assert "that are no stacks: repo/.infraops/stacks/local/elsewhere" in told.stderr
        found = document(told)
        stacks = (found["run"] if "verdict" in found else found)["stacks"]
        costs = {each["stack"]: each["cost"] for each in stacks}
        assert (costs["local/web"]["after"], costs["local/web"]["source"]) == (7.25, "Infracost")
        assert (costs["local/db"]["after"], costs["local/db"]["source"]) == (100, "prices/list.yaml")


def test_a_run_that_goes_on_knows_the_file_that_the_other_was_given(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo", web="small")
    file = infracost(root, web="7.25")
    stopped = infraops(root, "apply", "--infracost", "infracost.json")
    assert stopped.returncode == 5, stopped.stderr
    told = infraops(root, "resume", "--yes", "--json")
    assert told.returncode == 0, told.stderr
    assert [each["cost"]["after"] for each in document(told)["stacks"]] == [7.25]
    (root / "blueprints/web.yaml").write_text((root / "blueprints/web.yaml").read_text().replace("small", "large"))
    assert infraops(root, "apply", "--infracost", "infracost.json").returncode == 5
    file.unlink()
    told = infraops(root, "resume", "--yes")
    assert told.returncode == 64 and str(file) in "".join(told.stderr.split("\n")), told.stderr


def test_a_file_that_is_not_infracosts_is_wrong_usage(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo", web="small")
    told = infraops(root, "plan", "--infracost", "prices/list.yaml")
    assert told.returncode == 64
    assert "it is not JSON" in told.stderr
    assert "Traceback" not in told.stderr
