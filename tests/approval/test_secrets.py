"""What is secret stands nowhere but in Terraform's own state, whatever a change goes through on its way."""

import subprocess
from pathlib import Path

from tests.approval.world import World, make_world, pushed, signed
from tests.commands.estate import MODULE, TEMPLATE

CANARIES = {"PASSWORD": "canary-parameter-4711", "TOKEN": "canary-provider-4712", "FINGERPRINT_KEY": "canary-key-4713"}
SENSITIVE = """\
  password: {type: string, sensitive: true, required: true, used_by: [terraform]}
"""
VARIABLE = """\
variable "password" {
  type      = string
  sensitive = true
}

resource "terraform_data" "login" {
  input = var.password
}
"""


def with_secret(world: World) -> None:
    world.check_out("forge", "main")
    world.write("forge", "catalog/trial/template.yaml", TEMPLATE.replace("outputs:\n", f"{SENSITIVE}outputs:\n"))
    world.write("forge", "catalog/trial/terraform/local/main.tf", f"{VARIABLE}\n{MODULE}")
    for name in ("first", "second"):
        old = "value: one" if name == "first" else "{}"
        secret = "password: env:PASSWORD"
        file = f"blueprints/{name}.yaml"
        if name == "first":
            world.edit("forge", file, old, f"{old}, {secret}")
        else:
            world.edit("forge", file, "parameters: {}", f"parameters: {{{secret}}}")
    world.commit("forge", "A secret", push="main")
    world.check_out("ann", "main")


def found_in(top: Path, canary: str) -> list[str]:
    said = subprocess.run(["grep", "-rlaF", canary, str(top)], capture_output=True, text=True, check=False).stdout
    return sorted(Path(line).name for line in said.splitlines())


def test_canaries_are_found_in_states_alone(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    with_secret(world)
    pushed(world)
    world.check_out("ci", "change")
    told = []
    file = world.top / "change.json"
    for form in ("markdown", "html", "json", "sarif", "junit"):
        words = ("review", "-e", "local", "--author", "forge:ann", "--verbose", "--format", form, "--change", str(file))
        told.append(world.infraops("ci", *words, **CANARIES))
    signed(world, file)
    world.squash("change")
    world.check_out("ci", "main")
    told.append(world.infraops("ci", "apply", "-e", "local", "--yes", "--verbose", **CANARIES))
    assert told[-1].code == 0, told[-1].err
    world.edit("ci", "blueprints/first.yaml", "value: two", "value: three")
    told.append(world.infraops("ci", "plan", "-e", "local", **CANARIES | {"PASSWORD": "canary-rotated-4714"}))
    for line in ("ledger verify", "history --json", "logs", "status -e local", "cost"):
        told.append(world.infraops("ci", *line.split(), **CANARIES))

    for canary in (*CANARIES.values(), "canary-rotated-4714"):
        assert [each for each in told if canary in each.out + each.err] == [], canary
        allowed = {"first.tfstate", "second.tfstate"} if canary == CANARIES["PASSWORD"] else set()
        assert set(found_in(world.top, canary)) == allowed, canary


def test_the_review_of_a_change_names_no_secret_in_its_statement(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    with_secret(world)
    pushed(world)
    world.check_out("ci", "change")
    words = ("review", "-e", "local", "--author", "forge:ann", "--quiet", "--change", str(world.top / "a.json"))
    assert world.infraops("ci", *words, **CANARIES).code == 0
    first = (world.top / "a.json").read_text()
    told = world.infraops("ci", *words[:-1], str(world.top / "b.json"), **CANARIES | {"PASSWORD": "another"})
    assert told.code == 0, told.err
    fingerprints = [
        [line for line in text.splitlines() if '"fingerprint"' in line]
        for text in (first, (world.top / "b.json").read_text())
    ]
    assert fingerprints[0] != fingerprints[1]  # another secret is another effect, and neither says what it is
