"""Which command lines of Terraform only look, and what of them is written down."""

import pytest

from infraops.tools.terraform.program.words import only_looks, subcommand, without_values

LOOKING = (
    "terraform", "terraform state list", "terraform state show a.b", "terraform -chdir=x show -json",
    "terraform plan -out=p", "terraform providers", "terraform providers schema -json", "terraform workspace list",
    "terraform output -raw id", "terraform -version",
)  # fmt: skip
CHANGING = (
    "terraform apply", "terraform state rm a.b", "terraform state", "terraform workspace select x", "terraform init",
    "terraform providers lock", "terraform import a.b c", "terraform taint a.b", "terraform unheard-of",
    "terraform force-unlock 1",
)  # fmt: skip


@pytest.mark.parametrize("line", LOOKING)
def test_these_only_look(line: str) -> None:
    assert only_looks(line.split())


@pytest.mark.parametrize("line", CHANGING)
def test_these_may_change_something(line: str) -> None:
    assert not only_looks(line.split())


def test_values_of_variables_are_left_out() -> None:
    line = ["terraform", "apply", "-var", "a=b=c", "--var=d=e", "-var-file=f", "g=h"]
    assert list(without_values(line)) == ["terraform", "apply", "-var", "a=…", "--var=d=…", "-var-file=f", "g=h"]
    assert subcommand(line) == "apply"
