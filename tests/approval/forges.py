"""Forges as pipelines see them: runners that carry out a job's own scripts, and recording `gh`, `curl` and `pip`."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests import forked
from tests.approval.world import World

GH = Path(__file__).with_name("fake_gh.py")
CURL = Path(__file__).with_name("fake_curl.py")
EXPRESSION = re.compile(r"\$\{\{ *([^}]+?) *\}\}")
TOKEN = "a token of the project"


@dataclass
class Forge:
    """A forge's server, kept in one JSON file that the recording programs read and write."""

    world: World
    file: Path
    programs: Path
    secrets: Mapping[str, str] = field(default_factory=dict)

    @property
    def state(self) -> dict[str, Any]:
        return dict(json.loads(self.file.read_text()))

    def add(self, **values: Any) -> None:
        self.file.write_text(json.dumps(self.state | values))

    def environ(self, temporary: Path) -> dict[str, str]:
        """Return what every job has; of the machine's secrets nothing."""
        temporary.mkdir(exist_ok=True)
        mine = {key: value for key, value in self.world.environ("ci").items() if key != "FINGERPRINT_KEY"}
        path = f"{self.programs}:{Path(sys.executable).parent}:{mine['PATH']}"
        return mine | {"PATH": path, "FORGE": str(self.file), "TMPDIR": str(temporary)}


def make_forge(world: World, **secrets: str) -> Forge:
    """Start a forge that knows nothing yet."""
    programs = world.top / "programs"
    programs.mkdir()
    for name, source in (("gh", GH), ("curl", CURL)):
        (programs / name).write_text(f"#!{sys.executable} -I\n{source.read_text()}")
    (programs / "pip").write_text('#!/bin/sh\necho "$@" >> "$FORGE.pip"\n')
    forked.program(programs)
    for program in programs.iterdir():
        program.chmod(0o755)
    file = world.top / "forge.json"
    file.write_text(json.dumps({"comments": [], "issues": [], "pulls": [], "runs": [], "findings": []}))
    return Forge(world, file, programs, secrets)


@dataclass
class Ended:
    """What became of a job: the exit code of the step that ended it, all that was said, and where its files are."""

    code: int
    said: str
    files: Path
    summary: str = ""
    outputs: dict[str, Any] = field(default_factory=dict)


def run_github(forge: Forge, workflow: str, job: str, context: Mapping[str, Any]) -> Ended:
    """Carry out a job of a workflow as it stands in CI's checkout, step by step, as GitHub's runner does."""
    document = yaml.safe_load((forge.world.checkout("ci") / ".github/workflows" / workflow).read_text())
    temporary = forge.world.top / "runner"
    base = forge.environ(temporary) | document["env"] | {"RUNNER_TEMP": str(temporary)}
    base |= {"GITHUB_REPOSITORY": "shop/infra", "GITHUB_ACTOR": "somebody", "GITHUB_WORKSPACE": str(_here(forge))}
    base["GITHUB_SHA"] = forge.world.git("ci", "rev-parse", "HEAD")
    summary = temporary / "summary"
    summary.write_text("")
    ended = Ended(0, "", temporary)
    for step in document["jobs"][job]["steps"]:
        if "run" not in step:
            continue
        known = {**context, "github.token": "a token", **{f"secrets.{k}": v for k, v in forge.secrets.items()}}
        known |= {f"steps.{k}": v for k, v in ended.outputs.items()}
        own = {name: _filled(str(text), known) for name, text in step.get("env", {}).items()}
        output = temporary / "output"
        output.write_text("")
        environ = base | own | {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
        done = _bash(step["run"], forge, environ)
        ended.said += done.stdout + done.stderr
        for line in output.read_text().splitlines():
            ended.outputs[f"{step['id']}.outputs.{line.partition('=')[0]}"] = line.partition("=")[2]
        if done.returncode:
            ended.code = done.returncode
            break
    ended.summary = summary.read_text()
    return ended


def run_gitlab(forge: Forge, job: str, *, file: str = ".gitlab/infraops.yml", **variables: str) -> Ended:
    """Carry out a job of GitLab's as it stands in CI's checkout."""
    document = yaml.safe_load((_here(forge) / file).read_text())
    temporary = forge.world.top / "runner"
    common = document[".infraops"]
    environ = forge.environ(temporary) | common["variables"] | forge.secrets | variables
    environ |= {
        "CI_API_V4_URL": "https://forge.example/api/v4",
        "CI_PROJECT_DIR": str(_here(forge)),
        "CI_PROJECT_ID": "7",
        "CI_COMMIT_SHA": forge.world.git("ci", "rev-parse", "HEAD"),
        "CI_JOB_URL": "https://forge.example/jobs/1",
        "GITLAB_USER_LOGIN": "somebody",
    }
    done = _bash("\n".join([*common["before_script"], *document[job]["script"]]), forge, environ)
    return Ended(done.returncode, done.stdout + done.stderr, temporary)


def _filled(text: str, known: Mapping[str, Any]) -> str:
    return EXPRESSION.sub(lambda found: str(known[found[1]]), text)


def _here(forge: Forge) -> Path:
    return forge.world.checkout("ci")


def _bash(script: str, forge: Forge, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    argv = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(argv, cwd=_here(forge), env=environ, capture_output=True, text=True, check=False)
