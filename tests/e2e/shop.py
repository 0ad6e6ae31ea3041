"""The installed program and a control repo of its own: what the end-to-end tests drive, as a user would."""

import json
import shutil
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[2]
CONTROL_REPO = ("infraops.yaml", "blueprints", "inventories", "playbooks")


def install_wheel(directory: Path) -> Path:
    """Build the wheel, install it alone into a new environment, lend it the libraries of this one; return its bin."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory / "dist")]
    subprocess.run(build, cwd=CHECKOUT, check=True, capture_output=True, timeout=120)
    (wheel,) = (directory / "dist").glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", str(directory / "venv")], check=True, timeout=120)
    python = directory / "venv" / "bin" / "python"
    pip = [
        str(python),
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        "--disable-pip-version-check",
        str(wheel),
    ]
    subprocess.run(pip, check=True, timeout=120)
    (packages,) = (directory / "venv" / "lib").glob("python*/site-packages")
    (mine,) = {path for path in sys.path if path.endswith("site-packages") and path.startswith(sys.prefix)}
    # A path file that is named by a path file is not read, so this checkout itself stays out of sight.
    (packages / "lent.pth").write_text(f"{mine}\n")
    return python.parent


@dataclass(frozen=True)
class Shop:
    """A control repo and the program that works on it; Terraform is not on the path."""

    root: Path
    home: Path
    cache: Path
    programs: Path

    @property
    def environ(self) -> dict[str, str]:
        return {
            "PATH": f"{self.programs}:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(self.cache),
            "LANG": "C.UTF-8",
            "NO_COLOR": "1",
        }

    def run(self, *arguments: str, exit_code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run infraops; any other exit code than the one expected is an error."""
        argv = [str(self.programs / "infraops"), *arguments]
        done = subprocess.run(argv, cwd=self.root, env=self.environ, capture_output=True, text=True, timeout=900)
        assert done.returncode == exit_code, f"{argv}\n{done.stdout}\n{done.stderr}"
        return done

    def document(self, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
        """Run infraops with --json and return its document."""
        answer: dict[str, Any] = json.loads(self.run(*arguments, "--json", exit_code=exit_code).stdout)
        return answer

    def stack(self, document: dict[str, Any], name: str) -> dict[str, Any]:
        """Return one stack of a run's document."""
        (found,) = [stack for stack in document["stacks"] if stack["stack"] == name]
        return dict(found)

    def on(self, host: str, command: str) -> str:
        """Run a command on a host, over SSH as its user."""
        return self.run("ssh", host, "-e", "lab", "--", command).stdout

    def edit(self, file: str, old: str, new: str) -> None:
        """Change one place in a file of the control repo."""
        path = self.root / file
        text = path.read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new))


def make_shop(directory: Path, cache: Path, programs: Path) -> Shop:
    """Copy the reference control repo, and nothing else of the checkout, into a directory of its own."""
    root, home = directory / "control-repo", directory / "home"
    root.mkdir(parents=True)
    home.mkdir()
    for name in CONTROL_REPO:
        source = CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, root / name)
        else:
            shutil.copy(source, root / name)
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@example.invalid"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "start"]):
        subprocess.run([*git, *words], cwd=root, check=True, env={"HOME": str(home), "PATH": "/usr/bin:/bin"})
    return Shop(root, home, cache, programs)


def get(url: str) -> tuple[str, str]:
    """Fetch a page; return its text and the backend that served it."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        return answer.read().decode(), answer.headers.get("X-Backend", "")


def eventually(condition: Any, *, seconds: float = 120) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.2)
