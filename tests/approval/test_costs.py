"""What a change costs where changes need approvals: by the protected branch's prices, whatever a branch says."""

import json
from pathlib import Path
from typing import Any

from tests.approval.world import ENVIRONMENT, World, make_world

STANDARD = """\
  standard:
    templates: ["trial@*"]
    actions: [update]
    max_cost_delta: 10
    clean_runs: 0
"""
PRICES = """\
schema: infraops/v1
prices:
  - sku: one
    resource: terraform_data
    where: {input: one}
    unit: month
    price: 5
    source: a list
    retrieved_at: "2026-11-01"
  - sku: three
    resource: terraform_data
    where: {input: three}
    unit: month
    price: 7
    source: a list
    retrieved_at: "2026-11-01"
  - sku: two
    resource: terraform_data
    where: {input: two}
    unit: month
    price: 50
    source: a list
    retrieved_at: "2026-11-01"
"""


def world_with_prices(top: Path) -> World:
    """Make a world in which `first` was deployed before changes needed approvals."""
    approval = ENVIRONMENT[ENVIRONMENT.index("change:") :]
    world = make_world(top, environment=ENVIRONMENT.replace(approval, ""))
    assert world.infraops("ci", "apply", "-e", "local", "first", "--yes").code == 0
    world.write("forge", "prices/list.yaml", PRICES)
    file = "inventories/local/environment.yaml"
    world.write("forge", file, ENVIRONMENT + STANDARD + "budget: {monthly_usd: 20}\n")
    world.commit("forge", "prices, and approvals", push="main")
    for who in ("ci", "ann"):
        world.check_out(who, "main")
    return world


def reviewed(world: World, *words: str) -> dict[str, Any]:
    world.check_out("ci", "change")
    told = world.infraops("ci", "review", "-e", "local", "first", "--author", "forge:ann", "--json", *words)
    assert told.code == 0, told.err + told.out
    found: dict[str, Any] = told.document()
    return found


def class_of(review: dict[str, Any]) -> str:
    found: str = review["change"]["stacks"]["local/first"]["change_class"]
    return found


def test_a_branch_makes_nothing_cheaper_that_it_is_judged_by(tmp_path: Path) -> None:
    world = world_with_prices(tmp_path)
    world.edit("ann", "blueprints/first.yaml", "value: one", "value: three")
    world.commit("ann", "Say three", push="change")
    assert class_of(reviewed(world)) == "standard", "by what it costs on the protected branch"
    world.edit("ann", "blueprints/first.yaml", "value: three", "value: two")
    world.edit("ann", "prices/list.yaml", "price: 50", "price: 6")
    world.commit("ann", "Say two, and that it costs little", push="change")
    found = reviewed(world)
    assert found["run"]["stacks"][0]["cost"]["after"] == 6, "who reads the review sees what the branch says"
    assert class_of(found) == "normal"


def test_a_file_of_infracosts_makes_no_change_a_standard_one(tmp_path: Path) -> None:
    world = world_with_prices(tmp_path)
    world.edit("ann", "blueprints/first.yaml", "value: one", "value: unheard-of")
    world.commit("ann", "Say something that has no price", push="change")
    nothing = {"resources": [], "totalMonthlyCost": "0"}
    project = {"name": "local/first", "pastBreakdown": nothing, "breakdown": nothing}
    file = tmp_path / "infracost.json"
    file.write_text(json.dumps({"version": "0.2", "currency": "USD", "projects": [project]}))
    found = reviewed(world, "--infracost", str(file))
    assert found["run"]["stacks"][0]["cost"]["source"] == "Infracost"
    assert class_of(found) == "normal"


def test_what_a_stack_comes_to_is_taken_down_for_the_budgets_of_later_runs(tmp_path: Path) -> None:
    world = world_with_prices(tmp_path)
    world.edit("ann", "blueprints/first.yaml", "value: one", "value: three")
    world.commit("ann", "Say three", push="main")
    world.check_out("ci", "main")
    told = world.infraops("ci", "apply", "-e", "local", "first", "--yes")
    assert told.code == 0, told.err
    (budget,) = world.infraops("ci", "plan", "-e", "local", "second", "--json").document()["budgets"]
    assert (budget["after"], budget["known"], budget["stacks"]) == (7.0, 1, 2)
