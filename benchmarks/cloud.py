"""`infraops plan` of stacks on AWS, in an emulator, against the same plans by xargs with the same Terraform program."""

import os
import tempfile
from pathlib import Path

from benchmarks.measuring import CannotMeasure, Finding, carry_out, in_turn, ratio
from benchmarks.places import INFRAOPS, TerraformProgram, environ, terraform_programs
from tests.aws.emulator import Emulator, find_mirror, running

STACKS, AT_ONCE, AIM = 10, 2, 1.1
LOOP = "$TERRAFORM plan -input=false -out=own.tfplan"


def measure(rounds: int) -> tuple[Finding, ...]:
    """Plan buckets that are not there yet; providers are in the cache, and directories initialised."""
    mirror = find_mirror(os.environ)
    if mirror is None:
        raise CannotMeasure("this machine has no unpacked mirror with hashicorp/aws")
    found = []
    for program in terraform_programs():
        with tempfile.TemporaryDirectory(prefix="infraops-bench-") as name, running(Path(name), mirror) as emulator:
            found.append(_measured(Path(name), emulator, program, rounds))
    return tuple(found)


def _measured(directory: Path, emulator: Emulator, program: TerraformProgram, rounds: int) -> Finding:
    repo = directory / "repo"
    _control_repo(repo, emulator, program)
    env = environ(directory / "home", TERRAFORM=program.shell, TF_CLI_CONFIG_FILE=str(emulator.cli_config))
    argv = [INFRAOPS, "plan", "-e", "staging", "--quiet", "--parallelism", str(AT_ONCE)]
    carry_out(argv, cwd=repo, env=env)  # the cache is warm, as the aim has it, and all is initialised
    stacks = repo / ".infraops/stacks/staging"
    names = "\n".join(sorted(path.name for path in stacks.iterdir()))
    loop = ["xargs", f"-P{AT_ONCE}", "-I{}", "sh", "-c", f"cd {{}} && {{ {LOOP}; }} >own.log 2>&1"]
    series = in_turn(
        rounds,
        {
            "infraops plan": lambda: carry_out(argv, cwd=repo, env=env).seconds,
            f"xargs -P{AT_ONCE}: plan": lambda: carry_out(loop, cwd=stacks, env=env, stdin=names).seconds,
        },
    )
    found = ratio(series[0], series[1])
    return Finding(
        f"plan of {STACKS} stacks on AWS, {AT_ONCE} at once, {program.title}",
        f"{found:.2f}× the same plans by xargs",
        f"≤ {AIM}×",
        found <= AIM,
        series,
        ("The emulator works on the same cores. infraops also reads each plan, which xargs does not.",),
    )


def _control_repo(repo: Path, emulator: Emulator, program: TerraformProgram) -> None:
    files = {
        "infraops.yaml": f"schema: infraops/v1\nterraform: {{program: {program.pin}}}\n",
        "inventories/staging/environment.yaml": (
            f"schema: infraops/v1\nname: staging\nplatform: aws\nemulator: {emulator.url}\n"
            "providers: {aws: {region: eu-central-1}}\n"
        ),
    }
    for number in range(STACKS):
        files[f"blueprints/uploads-{number:02}.yaml"] = (
            f"schema: infraops/v1\nname: uploads-{number:02}\ntemplate: object-storage@1.0\nowner: team-shop\n"
            "environments: {staging: {}}\n"
        )
    for path, text in files.items():
        file = repo / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
