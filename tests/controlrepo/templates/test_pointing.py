"""Templates that point at modules elsewhere in the control repo: what counts, what is refused, what is looked at."""

from pathlib import Path

import pytest

from infraops.controlrepo.digests import Snapshot, module_digest
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.load import load
from infraops.controlrepo.modules.reach import reach_of
from infraops.controlrepo.untrusted.modules import look_at_module
from infraops.errors import InvalidInput
from infraops.models.files.allowance import BUILT_IN
from tests.controlrepo.trees import write_tree

CATALOG = Path(__file__).parents[3] / "infraops" / "catalog"
TEMPLATE = (
    'schema: infraops/v1\nname: vpc\nversion: "1.0"\nsummary: A network.\nmodules: {{lab: {where}}}\n'
    "outputs: {{name: {{type: string}}}}\n"
)
MODULE = """\
module "label" {
  source = "../label"
}
locals {
  text = file("${path.module}/../texts/one.txt")
  many = fileset("${path.module}/../more/${terraform.workspace}", "*")
}
output "name" { value = module.label.name }
"""
FILES = {
    "infraops.yaml": "schema: infraops/v1\n",
    "inventories/lab/environment.yaml": "schema: infraops/v1\nname: lab\nplatform: lab\n",
    "blueprints/net.yaml": "schema: infraops/v1\nname: net\ntemplate: vpc@1.0\nowner: us\nenvironments: {lab: {}}\n",
    "catalog/vpc/template.yaml": TEMPLATE.format(where="../../terraform/vpc"),
    "terraform/vpc/main.tf": MODULE,
    "terraform/vpc/notes.md": "notes",
    "terraform/label/main.tf": 'module "deep" { source = "./deep" }\noutput "name" { value = 1 }\n',
    "terraform/label/deep/main.tf": 'locals { x = file("${path.module}/../../far/x") }\n',
    "terraform/far/x": "x",
    "terraform/texts/one.txt": "one",
    "terraform/texts/two.txt": "two",
    "terraform/more/default/a": "a",
    "terraform/other/main.tf": "",
}


def digest(root: Path) -> str:
    return module_digest(load(root, built_in=CATALOG).stacks["lab/net"], Snapshot())


COUNT = [
    "terraform/vpc/main.tf",
    "terraform/vpc/notes.md",
    "terraform/label/deep/main.tf",
    "terraform/far/x",
    "terraform/texts/one.txt",
    "terraform/more/default/a",
]


def test_what_a_module_calls_and_reads_counts(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "repo", FILES).resolve()
    before = digest(root)
    for name in COUNT:
        write_tree(root, {name: FILES[name] + "\n# more\n"})
        assert digest(root) != before, name
        write_tree(root, {name: FILES[name]})
    assert digest(root) == before


@pytest.mark.parametrize("name", ["terraform/other/main.tf", "terraform/texts/two.txt", "blueprints/net.yaml"])
def test_what_it_does_not_use_does_not(tmp_path: Path, name: str) -> None:
    root = write_tree(tmp_path / "repo", FILES).resolve()
    before = digest(root)
    write_tree(root, {name: FILES[name] + "\n# more\n"})
    assert digest(root) == before


REFUSED = [
    ("../../../outside", "leads out of the control repo"),
    ("../../.git/x", "lies in .git/"),
    ("../../terraform/none", "does not exist"),
    ("../../terraform/texts", "there is no Terraform module in"),
    ("/etc", "is absolute"),
    ("../../terraform/leaving", "the module uses"),
]


@pytest.mark.parametrize(("where", "problem"), REFUSED)
def test_a_module_that_cannot_be_pointed_at_is_refused(tmp_path: Path, where: str, problem: str) -> None:
    more = {
        "catalog/vpc/template.yaml": TEMPLATE.format(where=where),
        ".git/x/main.tf": "",
        "terraform/leaving/main.tf": 'module "x" { source = "../../../outside" }\noutput "name" { value = 1 }\n',
    }
    write_tree(tmp_path / "outside", {"main.tf": 'output "name" { value = 1 }\n'})
    root = write_tree(tmp_path / "repo", {**FILES, **more}).resolve()
    with pytest.raises(InvalidInput) as caught:
        load(root, built_in=CATALOG)
    assert any("modules.lab: " in one.problem and problem in one.problem for one in caught.value.mistakes)


def test_modules_that_call_each_other_in_circles_are_followed_once(tmp_path: Path) -> None:
    write_tree(
        tmp_path, {"a/main.tf": 'module "b" { source = "../b" }\n', "b/main.tf": 'module "a" { source = "../a" }\n'}
    )
    reach = reach_of(tmp_path / "a")
    assert (reach.modules, reach.outside) == ((tmp_path / "a", tmp_path / "b"), (tmp_path / "b",))


LOOKED = [
    ("terraform/label/deep/main.tf", 'data "external" "x" { program = ["id"] }\n', "external"),
    (
        "terraform/label/main.tf",
        'output "name" { value = file("${path.module}/../../.git/config") }\n',
        "leads out of the control repo",
    ),
    (
        "terraform/vpc/main.tf",
        'output "name" { value = file("${path.module}/../../../secret") }\n',
        "leads out of the control repo",
    ),
    ("terraform/label/override.tf", "", "overrides what other files say"),
]


@pytest.mark.parametrize(("name", "text", "problem"), LOOKED)
def test_an_untrusted_module_is_looked_through_where_it_lies(
    tmp_path: Path, name: str, text: str, problem: str
) -> None:
    root = write_tree(tmp_path / "repo", {**FILES, ".git/config": "token", "terraform/vpc/main.tf": _PLAIN}).resolve()
    stack = load(root, built_in=CATALOG).stacks["lab/net"]
    mistakes = Mistakes()
    look_at_module(stack, root, BUILT_IN, mistakes)
    assert [str(one) for one in mistakes.in_order()] == []
    write_tree(root, {name: text})
    look_at_module(stack, root, BUILT_IN, mistakes)
    assert any(problem in str(one) for one in mistakes.in_order())


_PLAIN = 'module "label" {\n  source = "../label"\n}\noutput "name" { value = 1 }\n'
