"""The same work done by Kapitan and by Runway, where they are installed: rendering, and applying for the first time."""

import shutil
import tempfile
from pathlib import Path

from benchmarks.measuring import CannotMeasure, Finding, Series, carry_out, in_turn, ratio
from benchmarks.places import INFRAOPS, environ
from benchmarks.trees import control_repo, kapitan_inventory, runway_deployment

TARGETS = 1000
STACKS = 50
AT_ONCE = 2


def measure(rounds: int) -> tuple[Finding, ...]:
    """Measure against each peer that is on the PATH; say which are not."""
    return (_rendering(min(rounds, 3)), _applying(min(rounds, 3)))


def _rendering(rounds: int) -> Finding:
    title = f"{TARGETS} stacks: validate and render from nothing, against Kapitan"
    kapitan = shutil.which("kapitan")
    if kapitan is None:
        return Finding(title, "not measured: Kapitan is not on the PATH (PyPI: kapitan)")
    with tempfile.TemporaryDirectory(prefix="infraops-bench-") as directory:
        root = Path(directory)
        env = environ(root / "home")
        repo, inventory = root / "repo", root / "kapitan"
        control_repo(repo, stacks=TARGETS, program="embedded")
        kapitan_inventory(inventory, targets=TARGETS)

        def ours() -> float:
            shutil.rmtree(repo / ".infraops", ignore_errors=True)
            seconds = carry_out([INFRAOPS, "render", "--quiet"], cwd=repo, env=env).seconds
            _must_be(len(list((repo / ".infraops" / "stacks").rglob("main.tf"))), TARGETS, "rendered by infraops")
            return seconds

        def theirs() -> float:
            shutil.rmtree(inventory / "compiled", ignore_errors=True)
            seconds = carry_out([kapitan, "compile"], cwd=inventory, env=env).seconds
            _must_be(len(list((inventory / "compiled").rglob("main.tf"))), TARGETS, "compiled by Kapitan")
            return seconds

        series = in_turn(rounds, {"infraops render": ours, "kapitan compile": theirs})
    return _against(title, series, "Kapitan")


def _applying(rounds: int) -> Finding:
    title = f"{STACKS} independent `terraform_data` stacks, {AT_ONCE} at once, the machine's Terraform, against Runway"
    runway, terraform = shutil.which("runway"), shutil.which("terraform")
    if runway is None or terraform is None:
        missing = "Runway is not on the PATH (PyPI: runway)" if runway is None else "there is no terraform on the PATH"
        return Finding(title, f"not measured: {missing}")
    with tempfile.TemporaryDirectory(prefix="infraops-bench-") as directory:
        root = Path(directory)
        at_once = str(AT_ONCE)
        env = environ(
            root / "home", CI="1", DEPLOY_ENVIRONMENT="bench", RUNWAY_MAX_CONCURRENT_MODULES=at_once, USER="bench"
        )
        repo, deployment = root / "repo", root / "runway"

        def ours() -> float:
            shutil.rmtree(repo, ignore_errors=True)
            shutil.rmtree(root / "home" / "state", ignore_errors=True)
            control_repo(repo, stacks=STACKS, program=terraform)
            argv = [INFRAOPS, "apply", "-e", "local", "--yes", "--quiet", "--parallelism", at_once]
            return carry_out(argv, cwd=repo, env=env).seconds

        def theirs() -> float:
            shutil.rmtree(deployment, ignore_errors=True)
            runway_deployment(deployment, stacks=STACKS)
            seconds = carry_out([runway, "deploy"], cwd=deployment, env=env).seconds
            states = [path for path in deployment.rglob("bench/*.tfstate") if "terraform_data" in path.read_text()]
            _must_be(len(states), STACKS, "applied by Runway")
            return seconds

        series = in_turn(rounds, {"infraops apply": ours, "runway deploy": theirs})
    return _against(title, series, "Runway")


def _against(title: str, series: tuple[Series, ...], peer: str) -> Finding:
    ours, theirs = series
    return Finding(title, f"{ours.median:.1f} s, {ratio(ours, theirs):.2f}× {peer}", series=series)


def _must_be(found: int, wanted: int, what: str) -> None:
    if found != wanted:
        raise CannotMeasure(f"{found} of {wanted} stacks were {what}: the work was not done")
