"""`infraops apply` on independent stacks, against a shell loop with the same Terraform program."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measuring import CannotMeasure, Finding, carry_out, in_turn, ratio
from benchmarks.places import INFRAOPS, TerraformProgram, environ, terraform_programs
from benchmarks.trees import control_repo, plain_directories

STACKS = 50
AT_ONCE = 2
AIM = 1.1

# What a Terraform user types, and the same with the plan saved and read before it is applied, as infraops does it.
LOOP = "$TERRAFORM init -input=false && $TERRAFORM apply -input=false -auto-approve"
CAREFUL = (
    "$TERRAFORM init -input=false && $TERRAFORM plan -input=false -out=p"
    " && $TERRAFORM show -json p && $TERRAFORM apply -input=false p"
)
NAMES = ("infraops apply", "shell loop: init, apply", "shell loop: init, plan, show, apply")


def measure(rounds: int) -> tuple[Finding, ...]:
    """Apply everything for the first time, and once more when there is nothing to do, with each Terraform there is."""
    return tuple(finding for program in terraform_programs() for finding in _with(program, rounds))


def _with(program: TerraformProgram, rounds: int) -> tuple[Finding, Finding]:
    with tempfile.TemporaryDirectory(prefix="infraops-bench-") as directory:
        root = Path(directory)
        env = environ(root / "home", TERRAFORM=program.shell)
        repo, plain, careful = root / "repo", root / "plain", root / "careful"

        def make_repo() -> None:
            _clear(repo, root / "home" / "state")
            control_repo(repo, stacks=STACKS, program=program.pin)

        def make_directories(where: Path) -> Callable[[], None]:
            def make() -> None:
                _clear(where)
                plain_directories(where, stacks=STACKS)

            return make

        subjects: dict[str, tuple[Callable[[], None], Callable[[], float]]] = {
            NAMES[0]: (make_repo, lambda: _infraops(repo, env)),
            NAMES[1]: (make_directories(plain), lambda: _loop(plain, LOOP, env)),
            NAMES[2]: (make_directories(careful), lambda: _loop(careful, CAREFUL, env)),
        }
        anew = in_turn(rounds, {name: _after(make, work) for name, (make, work) in subjects.items()})
        _must_exist(root / "home" / "state", repo)
        again = in_turn(rounds, {name: work for name, (_, work) in subjects.items()})
    title = f"{STACKS} independent `terraform_data` stacks, {AT_ONCE} at once, {program.title}"
    found = ratio(anew[0], anew[1])
    return (
        Finding(
            f"{title}: first apply",
            f"{found:.2f}× a shell loop of init and apply, {ratio(anew[0], anew[2]):.2f}× one that does the same steps",
            f"≤ {AIM}×",
            found <= AIM,
            anew,
            ("infraops renders, plans, reads the plan, asks, applies exactly that plan, verifies and records it.",),
        ),
        Finding(
            f"{title}: nothing has changed",
            f"{ratio(again[0], again[1]):.2f}× a shell loop of init and apply, "
            f"{ratio(again[0], again[2]):.2f}× one that does the same steps",
            series=again,
        ),
    )


def _after(make: Callable[[], None], work: Callable[[], float]) -> Callable[[], float]:
    def both() -> float:
        make()
        return work()

    return both


def _clear(*gone: Path) -> None:
    for path in gone:
        shutil.rmtree(path, ignore_errors=True)


def _infraops(repo: Path, env: dict[str, str]) -> float:
    argv = [INFRAOPS, "apply", "-e", "local", "--yes", "--quiet", "--parallelism", str(AT_ONCE)]
    return carry_out(argv, cwd=repo, env=env).seconds


def _loop(where: Path, command: str, env: dict[str, str]) -> float:
    names = "\n".join(sorted(path.parent.name for path in where.glob("s*/main.tf")))
    argv = ["xargs", f"-P{AT_ONCE}", "-I{}", "sh", "-c", f"cd {{}} && {{ {command}; }} >log 2>&1"]
    return carry_out(argv, cwd=where, env=env, stdin=names).seconds


def _must_exist(state: Path, repo: Path) -> None:
    states = [path for path in state.rglob("*.tfstate") if "terraform_data" in path.read_text()]
    if len(states) != STACKS:
        raise CannotMeasure(f"{len(states)} of {STACKS} stacks of {repo.name} have state: the work was not done")
