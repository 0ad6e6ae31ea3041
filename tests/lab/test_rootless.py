"""The lab of a plain user, tried as one: a user made for the test and removed afterwards."""

import json
import os
import shutil
import signal
import sys
import sysconfig
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infraops import processes
from infraops.errors import InfraOpsError
from infraops.lab import programs, rootless
from infraops.lab.base import Base
from infraops.lab.findings import Level
from infraops.models.basics.workspace import Workspace, workspace_of
from infraops.processes import Finished
from tests.lab.test_hosts import wait_until

HERE = Path(__file__).parents[2]
SYSTEM_PYTHON = Path("/usr/bin/python3")


def test_root_needs_no_entering(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rootless, "is_needed", lambda: False)
    assert rootless.enter_argv(workspace, ["infraops", "apply"], {}) == ["infraops", "apply"]
    assert rootless.possible({}).level is Level.OK
    assert not workspace.state.exists()


def test_what_is_missing_is_named_before_anything_is_made(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rootless, "is_needed", lambda: True)
    monkeypatch.setattr(programs, "SYSTEM_PATH", str(tmp_path))
    with pytest.raises(InfraOpsError, match=r"missing: .*uidmap") as caught:
        rootless.enter_argv(workspace, ["true"], {"PATH": str(tmp_path)})
    assert caught.value.hint.startswith("apt install iproute2 mmdebstrap")
    assert not workspace.state.exists()


@dataclass
class User:
    """A plain user with a checkout of their own."""

    name: str
    home: Path

    @property
    def workspace(self) -> Workspace:
        return workspace_of(self.home / "repo", {"HOME": str(self.home)})

    def run(self, *argv: str, inside: bool = False, check: bool = True) -> Finished:
        paths = f"{HERE}:{sysconfig.get_path('purelib')}"
        variables = [f"PYTHONPATH={paths}", "PYTHONDONTWRITEBYTECODE=1", f"HOME={self.home}", "CHECKPOINT_DISABLE=1"]
        variables += [f"INFRAOPS_PYTHON={SYSTEM_PYTHON}", f"TF_CLI_CONFIG_FILE={self.home}/terraformrc"]
        become = ["setpriv", f"--reuid={self.name}", f"--regid={self.name}", "--init-groups"]
        command = [str(SYSTEM_PYTHON), "-c", ENTER, *argv] if inside else [*argv]
        whole = [*become, "env", "-i", f"PATH={programs.SYSTEM_PATH}", *variables, *command]
        finished = processes.run(whole, cwd=self.home / "repo", timeout=120)
        if check:
            assert finished.exit_code == 0, finished.stdout + finished.stderr
        return finished

    def lab(self, expression: str) -> object:
        """Evaluate an expression inside, about the workspace `w`."""
        return json.loads(
            self.run(str(SYSTEM_PYTHON), "-c", f"{PRELUDE}print(json.dumps({expression}))", inside=True).stdout
        )

    def processes(self) -> list[int]:
        """The user's processes that are no zombies."""
        uid = self.home.stat().st_uid
        found = []
        for directory in Path("/proc").glob("[0-9]*"):
            try:
                if directory.stat().st_uid == uid and processes.identify(int(directory.name)) is not None:
                    found.append(int(directory.name))
            except OSError:
                continue
        return found


PRELUDE = """
import json, os
from pathlib import Path
from infraops.lab import hosts, rootless
from infraops.lab.creation import Wish, create
from infraops.models.basics.workspace import workspace_of
w = workspace_of(Path.cwd(), os.environ)
"""
ENTER = f"{PRELUDE}\nimport sys\nargv = rootless.enter_argv(w, sys.argv[1:], os.environ)\nos.execvp(argv[0], argv)\n"


@pytest.fixture(scope="module")
def user(base: Base) -> Iterator[User]:
    name = f"lab-test-{os.getpid()}"
    if shutil.which("useradd") is None or sys.version_info[:2] != _version(SYSTEM_PYTHON):
        pytest.skip("needs useradd, and the system's Python in our version")
    made = processes.run(["useradd", "--create-home", name])
    if made.exit_code != 0:
        pytest.skip(made.stderr)
    try:
        home = Path("~" + name).expanduser()
        archive = home / ".cache/infraops/lab" / f"base-{base.digest}.tar"
        archive.parent.mkdir(parents=True)
        (home / "repo").mkdir()
        (home / "repo/infraops.yaml").write_text("schema: infraops/v1\n")
        processes.run(["tar", "-C", str(base.path), "-cf", str(archive), "."])
        processes.run(["chown", "-R", f"{name}:{name}", str(home)])
        someone = User(name, home)
        if someone.run("true", inside=True, check=False).exit_code != 0:
            pytest.skip("plain users cannot have namespaces here")
        yield someone
        for pid in someone.processes():
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not someone.processes())
    finally:
        processes.run(["userdel", "--remove", name])


def _version(python: Path) -> tuple[int, ...]:
    said = (
        processes.run([str(python), "-c", "import sys; print(*sys.version_info[:2])"]).stdout if python.exists() else ""
    )
    return tuple(map(int, said.split()))


@pytest.mark.lab
def test_inside_one_is_root_and_stays_where_one_is(user: User) -> None:
    assert user.run("sh", "-c", "id -u; pwd; touch made; ip -br link", inside=True).stdout.split()[:3] == [
        "0",
        str(user.home / "repo"),
        "lo",
    ]
    assert (user.home / "repo/made").stat().st_uid == user.home.stat().st_uid
    first = rootless.find_keeper(user.workspace)
    user.run("true", inside=True)
    assert rootless.find_keeper(user.workspace) == first is not None


@pytest.mark.lab
def test_hosts_live_from_one_command_to_the_next(user: User) -> None:
    made = user.lab("[create(w, Wish(n), os.environ).address for n in 'abc']")
    assert isinstance(made, list) and len(set(made)) == 3
    assert user.lab("[(h.driver, h.running) for h in hosts.list_hosts(w)]") == [["light", True]] * 3
    key, known = user.workspace.lab / "id_ed25519", user.home / "known"
    login = ["ssh", "-F", "none", "-i", str(key), "-o", "StrictHostKeyChecking=accept-new"]
    login += ["-o", f"UserKnownHostsFile={known}", f"ops@{made[0]}"]
    install = "sudo apt-get -qq install nginx-light >/dev/null 2>&1 && sudo service nginx start >&2 && sudo id -u"
    assert user.run(*login, install, inside=True).stdout.strip() == "0"
    assert user.lab("[hosts.delete(w, h.name) for h in hosts.list_hosts(w)]") == [True] * 3
    assert user.run("ip", "-br", "link", inside=True).stdout.split()[0] == "lo"
    assert len(user.run("ip", "-br", "link", inside=True).stdout.splitlines()) == 1


@pytest.mark.lab
def test_hosts_come_back_after_their_keeper_died(user: User) -> None:
    assert user.lab("create(w, Wish('web'), os.environ).running") is True
    keeper = rootless.find_keeper(user.workspace)
    assert keeper is not None
    processes.end(keeper)
    wait_until(lambda: not processes.is_alive(keeper))
    assert user.lab("hosts.read(w, 'web').running") is False
    assert user.lab("hosts.start(w, 'web').running") is True
    assert user.lab("[h.running for h in hosts.list_hosts(w)]") == [True]
    assert user.lab("hosts.delete(w, 'web')") is True
    wait_until(lambda: len(user.processes()) <= 2)  # the keeper and its sleep


@pytest.mark.lab
@pytest.mark.skipif(shutil.which("terraform") is None, reason="no terraform on PATH")
@pytest.mark.parametrize("inside", [False, True])
def test_terraform_may_stand_outside_or_inside(user: User, inside: bool) -> None:
    stack = user.home / "repo" / f"stack-{inside}"
    write = "from infraops.lab.mirror import write_mirror; write_mirror(Path.cwd() / 'mirror')\n"
    user.run(str(SYSTEM_PYTHON), "-c", f"from pathlib import Path\n{write}")
    mirror = user.home / "repo/mirror"
    (user.home / "terraformrc").write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'
    )
    user.run("cp", "-r", str(Path(__file__).with_name("hosts_module")), str(stack))
    terraform = ["terraform", f"-chdir={stack}"]
    names = '-var=names=["x","y"]'
    user.run(*terraform, "init", inside=inside)
    user.run(*terraform, "apply", "-auto-approve", names, inside=inside)
    assert user.lab("[h.name for h in hosts.list_hosts(w) if h.running]") == ["x", "y"]
    assert "No changes" in user.run(*terraform, "plan", names, inside=inside).stdout
    user.run(*terraform, "destroy", "-auto-approve", names, inside=inside)
    assert user.lab("[h.name for h in hosts.list_hosts(w)]") == []


@pytest.mark.lab
@pytest.mark.slow
def test_an_idle_keeper_ends_by_itself(user: User) -> None:
    user.run("true", inside=True)
    keeper = rootless.find_keeper(user.workspace)
    assert keeper is not None
    used = user.workspace.lab / "keeper.used"
    long_ago = time.time() - 120
    os.utime(used, (long_ago, long_ago))
    wait_until(lambda: not processes.is_alive(keeper), 60)
    assert not used.exists()
