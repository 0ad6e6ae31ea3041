# ruff: noqa: E501 - messages stand here as the user reads them
"""Prices and budgets: what their files may say, and every word of what is wrong with them."""

from pathlib import Path

import pytest

from infraops.controlrepo.digests import inputs_digest
from tests.controlrepo.trees import load_tree, mistakes_in

HEAD = "schema: infraops/v1\nprices:\n"
ONE = "  - sku: {sku}\n    resource: disk\n    unit: month\n    price: 1\n    source: a list\n    retrieved_at: '2026-11-01'\n{more}"
EURO = ONE.format(sku="a", more="    currency: EUR\n")


def price(sku: str = "a", more: str = "") -> str:
    return ONE.format(sku=sku, more=more)


CASES = [
    pytest.param(HEAD + price().replace("month", "fortnight"), 'prices/a.yaml:5: prices[0].unit: expected hour, day, month or year, or what is counted and then one of them, such as gb-month, found "fortnight"', id="unit"),
    pytest.param(HEAD + price().replace("month", "gb-month"), "prices/a.yaml:5: prices[0].unit: gb-month counts gb, and no quantity says how many; write the attribute that says it, such as quantity: size; or change the unit", id="no quantity"),
    pytest.param(HEAD + price().replace("disk", "Disk"), 'prices/a.yaml:4: prices[0].resource: expected a type of resource, such as aws_instance, or random_* for all that begin like this, found "Disk"', id="type"),
    pytest.param(HEAD + price().replace("price: 1", "price: -1"), "prices/a.yaml:6: prices[0].price: expected at least 0, found -1", id="negative"),
    pytest.param(HEAD + price().replace("price: 1", "price: .inf"), "prices/a.yaml:6: .inf is not a number", id="infinite"),
    pytest.param(HEAD + price().replace("2026-11-01", "2026-11-31"), "prices/a.yaml:8: prices[0].retrieved_at: there is no day 2026-11-31; write it as 2026-12-31", id="no such day"),
    pytest.param(HEAD + price(more="    where: {a b: 1}\n"), 'prices/a.yaml:9: "a b" cannot be used as a name here; expected an attribute of a resource, such as size or root_block_device[0].volume_size', id="attribute"),
    pytest.param(HEAD + price(more="    sorce: x\n"), 'prices/a.yaml:9: prices[0]: unknown key "sorce"; did you mean "source"?', id="key"),
    pytest.param(HEAD + price() + price("b"), 'prices/a.yaml:9: "disk" has a price for the same at prices/a.yaml:3; take one of them away, or let `where`, `part` or `region` tell them apart', id="twice"),
    pytest.param(HEAD + price() + price("b", "    currency: EUR\n    part: x\n"), "prices/a.yaml:9: the price is in EUR, and that at prices/a.yaml:3 in USD; convert one of them: sums are in one currency", id="currencies"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "mistake"), CASES)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, mistake: str) -> None:
    (found,) = mistakes_in(tmp_path, {"prices/a.yaml": text})
    assert found.startswith(mistake)


def test_an_installation_without_its_prices_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infraops.controlrepo.governance.prices.BUILT_IN", tmp_path / "gone")
    (found,) = mistakes_in(tmp_path / "repo", {})
    assert found == "infraops/prices: the built-in prices are not there; install infraops again"


def test_what_costs_nothing_by_nature_is_known_without_a_word(tmp_path: Path) -> None:
    prices = load_tree(tmp_path).prices
    for kind in (
        "terraform_data",
        "null_resource",
        "random_password",
        "local_file",
        "tls_private_key",
        "time_static",
        "lab_host",
    ):
        (found,) = prices.of(kind)
        assert (found.written.price, found.built_in, bool(found.written.source)) == (0, True, True)
    assert prices.of("aws_instance") == ()


def test_prices_of_the_repo_take_the_place_of_built_in_ones_type_by_type(tmp_path: Path) -> None:
    text = HEAD + price(more="    where: {kind: ssd}\n").replace("disk", "random_id")
    prices = load_tree(tmp_path, {"prices/a.yaml": text}).prices
    assert [each.place.file for each in prices.of("random_id")] == ["prices/a.yaml"]
    assert prices.asks_of("random_id") == {"kind"}
    assert [each.built_in for each in prices.of("random_pet")] == [True]


def test_prices_are_nothing_that_a_stack_is_made_from(tmp_path: Path) -> None:
    plain = load_tree(tmp_path)
    before = inputs_digest(plain.stacks["lab/shop"], plain.root)
    priced = load_tree(tmp_path, {"prices/a.yaml": HEAD + price()})
    assert inputs_digest(priced.stacks["lab/shop"], priced.root) == before


def test_a_budget_is_somebodys(tmp_path: Path) -> None:
    settings = "schema: infraops/v1\nbudgets:\n  team-shop: {monthly_usd: 5}\n  team-shpo: {monthly_usd: 5}\n"
    (found,) = mistakes_in(tmp_path, {"infraops.yaml": settings})
    assert found == 'infraops.yaml:4: budgets: no blueprint is owned by "team-shpo"; did you mean "team-shop"?'


def test_a_budget_is_held_against_no_other_currency(tmp_path: Path) -> None:
    settings = "schema: infraops/v1\nbudgets: {team-shop: {monthly_usd: 5}}\n"
    environment = "schema: infraops/v1\nname: lab\nplatform: lab\nbudget: {monthly_usd: 5}\n"
    files = {"prices/a.yaml": HEAD + EURO, "infraops.yaml": settings, "inventories/lab/environment.yaml": environment}
    found = mistakes_in(tmp_path, files)
    assert [each.partition(":")[0] for each in found] == ["infraops.yaml", "inventories/lab/environment.yaml"]
    assert "the budget is in USD, and the prices below prices/ are in EUR" in found[0]
