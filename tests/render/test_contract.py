"""Hosts and endpoints made of a module's other outputs: plain HCL, and Terraform says what comes out of it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infraops.render.stack import MAIN, render
from tests.needs import lacking
from tests.render.stacks import make_stack, make_template

OUTPUTS = {
    "list": ("list", '["192.0.2.1", "192.0.2.2"]', {"app-01": "192.0.2.1", "app-02": "192.0.2.2"}),
    "set": ("set", 'toset(["192.0.2.2", "192.0.2.1"])', {"app-01": "192.0.2.1", "app-02": "192.0.2.2"}),
    "map": ("map", '{ one = "192.0.2.1", "10" = "192.0.2.2" }', {"one": "192.0.2.1", "10": "192.0.2.2"}),
    "text": ("string", '"192.0.2.1"', {"app-01": "192.0.2.1"}),
    "none": ("list", "[]", {}),
}


def answered(directory: Path, module: str, **described: Any) -> dict[str, Any]:
    """Render a stack, apply it, and return its outputs."""
    stack = make_stack(directory, make_template(directory, module, **described))
    main = render(stack)[MAIN].replace('backend "local" {}', 'backend "local" { path = "state" }')
    place = directory / ".infraops/stacks/lab/app"
    place.mkdir(parents=True)
    (place / "main.tf").write_text(main)
    copy = directory / ".infraops/templates/trial-1.0"
    copy.parent.mkdir(parents=True)
    copy.symlink_to(directory / "catalog/trial")
    for words in (("fmt", "-check", "main.tf"), ("init", "-input=false"), ("apply", "-auto-approve", "-input=false")):
        _terraform(place, *words)
    return {name: one["value"] for name, one in json.loads(_terraform(place, "output", "-json")).items()}


def _terraform(place: Path, *words: str) -> str:
    try:
        done = subprocess.run(["terraform", *words], cwd=place, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        lacking("there is no Terraform program on this machine")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(("kind", "value", "expected"), OUTPUTS.values(), ids=OUTPUTS)
def test_hosts_are_made_of_addresses(tmp_path: Path, kind: str, value: str, expected: dict[str, str]) -> None:
    hosts = {"from": "ips", "user": "admin", "groups": ["web"], "vars": {"colour": "${red}"}, "port": 2222}
    module = f'output "ips" {{ value = {value} }}\n'
    found = answered(tmp_path, module, outputs={"ips": {"type": kind}}, hosts=hosts)["hosts"]
    assert {name: host["address"] for name, host in found.items()} == expected
    for host in found.values():
        assert (host["user"], host["port"], host["groups"]) == ("admin", 2222, ["web"])
        assert host["vars"] == {"colour": "${red}"}


def test_hosts_are_made_of_objects_with_identities(tmp_path: Path) -> None:
    module = (
        'output "machines" { value = [{ ip = "192.0.2.1", size = 1 }] }\n'
        'output "ids" { value = ["i-1"] }\noutput "hosts" { value = "something else" }\n'
    )
    outputs = {"machines": {"type": "list"}, "ids": {"type": "list"}}
    hosts = {"from": "machines", "address": "ip", "name": "web", "identity": "ids"}
    found = answered(tmp_path, module, outputs=outputs, hosts=hosts)["hosts"]
    assert {name: (host["address"], host["identity"]) for name, host in found.items()} == {
        "web-01": ("192.0.2.1", "i-1")
    }


def test_endpoints_are_made_of_outputs(tmp_path: Path) -> None:
    endpoints = {"web": "https://{dns}:8443/${x}%{", "plain": "tcp://192.0.2.1:1", "more": '{dns}"{dns}'}
    found = answered(
        tmp_path,
        'output "dns" { value = "a.example" }\n',
        outputs={"dns": {}, "x": {}},
        endpoints=endpoints | {"web": "https://{dns}:8443/%{"},
    )
    assert found["endpoints"] == {
        "web": "https://a.example:8443/%{",
        "plain": "tcp://192.0.2.1:1",
        "more": 'a.example"a.example',
    }
