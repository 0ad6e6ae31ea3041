"""What the providers of a root module are told: the environment's settings, tags, and the way to an emulator."""

import json
from pathlib import Path
from typing import Any

import pytest

from infraops.render.providers import EMULATOR, PROVIDERS, provider_files
from infraops.render.stack import MAIN, render
from tests.render.stacks import make_stack, make_template

MODULE = 'resource "aws_vpc" "this" {}\n'
AWS = {"platform": "aws", "providers": {"aws": {"region": "eu-central-1"}}}


def rendered(root: Path, environment: dict[str, Any], **module: Any) -> dict[str, Any]:
    template = make_template(
        root, MODULE, platform=environment["platform"], providers=module.pop("providers", {"aws": None}), **module
    )
    files = {
        path.name: text for path, text in provider_files(make_stack(root, template, environment=environment)).items()
    }
    found: dict[str, Any] = json.loads(files[PROVIDERS.name])["provider"] if files else {}
    return {**found, **({"emulator": files[EMULATOR.name]} if EMULATOR.name in files else {})}


def test_the_environment_says_what_the_provider_is_told(tmp_path: Path) -> None:
    settings = {"region": "eu-central-1", "assume_role": {"role_arn": "arn:x", "session_name": "{stack}"}}
    (found,) = rendered(tmp_path, {"platform": "aws", "providers": {"aws": settings}})["aws"]
    assert found["region"] == "eu-central-1"
    assert found["assume_role"] == {"role_arn": "arn:x", "session_name": "lab-app"}
    assert found["default_tags"] == {"tags": {"blueprint": "app", "environment": "lab", "owner": "team-trial"}}


def test_tags_of_the_environment_take_the_place_of_ours(tmp_path: Path) -> None:
    tags = {"tags": {"Team": "{owner}", "Service": "{environment}/{blueprint}"}}
    (found,) = rendered(tmp_path, {"platform": "aws", "providers": {"aws": {"default_tags": tags}}})["aws"]
    assert found["default_tags"] == {"tags": {"Team": "team-trial", "Service": "lab/app"}}


def test_what_the_module_does_not_work_with_is_not_there(tmp_path: Path) -> None:
    providers = {"aws": {"region": "eu-central-1"}, "cloudflare": {"retries": 3}}
    assert rendered(tmp_path, {"platform": "lab", "providers": providers}, providers={}) == {}
    assert rendered(tmp_path, {"platform": "lab", "providers": providers}, providers={"cloudflare": None}) == {
        "cloudflare": [{"retries": 3}]
    }
    fetched = rendered(tmp_path, {"platform": "lab", "providers": providers}, providers={}, any_provider=True)
    assert fetched.keys() == {"aws", "cloudflare"}


def test_a_second_provider_of_a_kind_is_handed_on_by_its_alias(tmp_path: Path) -> None:
    environment = {"platform": "aws", "providers": {"aws": {"region": "a"}, "aws.us_east_1": {"region": "b"}}}
    template = make_template(
        tmp_path, MODULE, platform="aws", providers={"aws": None}, aliases=frozenset({"aws.us_east_1"})
    )
    files = render(make_stack(tmp_path, template, environment=environment))
    first, second = json.loads(files[PROVIDERS])["provider"]["aws"]
    assert ("alias" in first, second["alias"], second["region"]) == (False, "us_east_1", "b")
    assert "aws.us_east_1 = aws.us_east_1" in files[MAIN]


@pytest.mark.parametrize("text", ['${file("/etc/passwd")}', "%{ if true }x%{ endif }", "$${x}", "a{b}c"])
def test_no_text_of_an_environment_becomes_an_expression(tmp_path: Path, text: str) -> None:
    (found,) = rendered(tmp_path, {"platform": "aws", "providers": {"aws": {"region": text}}})["aws"]
    assert found["region"] == text.replace("${", "$${").replace("%{", "%%{")


def test_an_emulator_is_reached_for_every_service_and_with_nobodys_credentials(tmp_path: Path) -> None:
    found = rendered(tmp_path, {**AWS, "emulator": "http://127.0.0.1:5000"})
    (settings,) = found["aws"]
    assert settings["profile"] == "emulator"
    assert settings["shared_config_files"] == ["${path.root}/emulator.config"]
    assert "endpoint_url = http://127.0.0.1:5000" in found["emulator"]
    assert rendered(tmp_path, {"platform": "aws"})["aws"][0].keys() == {"default_tags"}  # the rest is the operator's
