"""The built-in catalog and the reference control repo hold together, with their pages and the lab."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from infraops.controlrepo.load import load
from infraops.models.stacks.repo import ControlRepo
from infraops.models.stacks.stack import Template
from infraops.render.stack import render
from tests.catalog.conftest import CHECKOUT, Repo

CATALOG = CHECKOUT / "infraops" / "catalog"
TEMPLATES = sorted(path.parent.name for path in CATALOG.glob("*/template.yaml"))


@pytest.fixture(scope="module")
def reference() -> ControlRepo:
    return load(CHECKOUT, built_in=CATALOG)  # raises every mistake


def template(repo: ControlRepo, name: str) -> Template:
    return next(one for one in repo.catalog.values() if one.file.name == name)


def tasks(file: Path) -> Iterator[Mapping[str, Any]]:
    yield from yaml.safe_load(file.read_text()) or ()


def test_every_template_is_used_by_a_blueprint_that_can_be_rendered(reference: ControlRepo) -> None:
    """But for those that make something in a cloud alone: the reference environments are on this machine."""
    used = {stack.template.file.name for stack in reference.stacks.values()}
    assert used == set(TEMPLATES) - {"network", "object-storage"}
    for stack in reference.stacks.values():
        assert PurePosixPath("main.tf") in render(stack)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_page_names_every_parameter_and_output(reference: ControlRepo, name: str) -> None:
    file = template(reference, name).file
    page = (CATALOG / name / "README.md").read_text()
    assert [word for word in (*file.parameters, *file.outputs) if f"`{word}`" not in page] == []
    for platform in template(reference, name).modules:
        assert platform in page, f"nothing is said of {platform}"


@pytest.mark.parametrize("name", TEMPLATES)
def test_tasks_use_only_what_comes_with_ansible(name: str) -> None:
    known = {"name", "when", "loop", "notify", "listen", "register", "until", "retries", "delay", "no_log"}
    known |= {"changed_when", "check_mode", "failed_when"}
    for file in CATALOG.glob(f"{name}/roles/*/*/main.yml"):
        if file.parent.name in ("tasks", "handlers"):
            modules = {word for task in tasks(file) for word in task} - known
            assert all(module.startswith("ansible.builtin.") for module in modules), file


def test_the_lab_keeps_every_package_that_a_role_installs() -> None:
    offered = set((CATALOG / "lab-packages.txt").read_text().split())
    for file in CATALOG.glob("*/roles/*/tasks/main.yml"):
        for task in tasks(file):
            names = task.get("ansible.builtin.apt", {}).get("name", [])
            assert set([names] if isinstance(names, str) else names) <= offered, file


def test_secrets_stand_in_no_rendered_file(reference: ControlRepo) -> None:
    for stack in reference.stacks.values():
        for text in render(stack).values():
            assert "generated:" not in text


def test_machines_that_exist_already_reach_the_module(repo: Repo) -> None:
    site = repo.root / "inventories" / "site"
    site.mkdir()
    machines = {"db": {"address": "10.0.0.1", "groups": ["x"], "vars": {"postgresql_refresh_packages": False}}}
    environment = {"schema": "infraops/v1", "name": "site", "platform": "static", "hosts": {"shop-db": machines}}
    (site / "environment.yaml").write_text(yaml.safe_dump(environment))
    repo.write("shop-db", "  lab: {}", "  lab: {}\n  site: {}")
    files = render(load(repo.root, built_in=CATALOG).stacks["site/shop-db"])
    values = json.loads(files[PurePosixPath("terraform.tfvars.json")])
    assert values["machines"]["db"]["address"] == "10.0.0.1"
    assert values["machines"]["db"]["vars"] == {"postgresql_refresh_packages": False}
    assert "machines = var.machines" in files[PurePosixPath("main.tf")]


@pytest.mark.parametrize("name", ["host-group", "web-service"])
def test_a_bastion_is_one_word_for_ssh(reference: ControlRepo, name: str) -> None:
    pattern = template(reference, name).file.parameters["bastion"].pattern
    assert pattern is not None
    fine = ["gate", "ops@gate.example:2222", "ops@one,ops@two", "ops@[2001:db8::1]:22"]
    assert [word for word in fine if not re.search(pattern, word)] == []
    for odd in ("-oProxyCommand=id", "gate -oProxyCommand=id", "gate;id", "gate'", "$(id)", ""):
        assert not re.search(pattern, odd), odd
