"""`terraform init`, only when something that it depends on is not as it was."""

import fcntl
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from infraops.tools.files import write_file
from infraops.tools.terraform_program import Program

MARKER = ".infraops-init.json"
LOCK_FILE = ".terraform.lock.hcl"


def init_digest(
    program: Program, directory: Path, modules: tuple[Path, ...], settings: Mapping[str, str], locked: Path
) -> str:
    """Digest what an initialised directory was made from: modules, program, backend settings, provider locks."""
    digest = hashlib.sha256()
    digest.update(json.dumps([program.argv, program.version, dict(sorted(settings.items()))]).encode())
    for module in (directory, *modules):
        files = [*module.glob("*.tf"), *module.glob("*.tf.json")] if module == directory else module.rglob("*.tf*")
        for file in sorted(files):
            digest.update(f"\0{file.relative_to(module)}\0".encode())
            digest.update(file.read_bytes())
    digest.update(locked.read_bytes() if locked.is_file() else b"\0")
    return digest.hexdigest()


def is_initialised(directory: Path, digest: str) -> bool:
    """Whether the directory was initialised from just this."""
    try:
        noted = json.loads((directory / MARKER).read_text())
    except (OSError, ValueError):
        return False
    return bool(noted.get("digest") == digest) and (directory / ".terraform").is_dir()


def note(directory: Path, digest: str) -> None:
    """Remember what the directory was initialised from."""
    write_file(directory / MARKER, json.dumps({"digest": digest}) + "\n")


@contextmanager
def plugin_cache(cache: Path) -> Iterator[None]:
    """Hold the provider cache: Terraform itself does not keep two inits from writing one file there."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".infraops.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
