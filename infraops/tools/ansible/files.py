"""The files of one Ansible run: made in a fresh private directory, gone with it; only facts are kept, by identity."""

import hashlib
import json
import re
import shlex
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from infraops.models.plans.contract import Host
from infraops.tools import ssh
from infraops.tools.ansible.inventory import inventory_document
from infraops.tools.ansible.parts import Part, hosts_of, variables_of
from infraops.tools.ansible.settings import RunPaths

_SCHEMA = re.compile(r"s[0-9]+_")


@contextmanager
def run_paths(run_directory: Path, environ: Mapping[str, str]) -> Iterator[RunPaths]:
    """Make the run's directories, mode 0700; close the connections and remove everything at the end."""
    run_directory.mkdir(parents=True, exist_ok=True)
    private = Path(tempfile.mkdtemp(prefix="ansible-", dir=run_directory)).resolve()
    try:
        sockets = Path(tempfile.mkdtemp(prefix="io-", dir="/tmp"))  # a socket's path must be short
        try:
            yield RunPaths(private, sockets)
        finally:
            ssh.close_masters(sockets, environ=environ)
            shutil.rmtree(sockets, ignore_errors=True)
    finally:
        shutil.rmtree(private, ignore_errors=True)


def write_inventories(paths: RunPaths, parts: Sequence[Part], *, group_vars_from: Path | None) -> None:
    """Write the two inventories: the environment's, which holds variables alone, and that of the stacks' hosts.

    Ansible does not look beside a play that only imports another, so the play's own group_vars/ and host_vars/ are
    linked beside the hosts' inventory; a part's variables and secrets come on top of its group_vars/all. Of several
    parts, each has a group in the place of `all`.
    """
    for directory in (paths.temporary, paths.facts, paths.environment.parent):
        directory.mkdir(parents=True)
    _write_script(paths.environment, inventory_document(()))
    if group_vars_from is not None:
        for name in ("group_vars", "host_vars"):
            _link(group_vars_from / name, paths.environment.parent / name)
    own_scratch = {"ansible_remote_tmp": str(paths.temporary)}
    hosts = hosts_of(parts)
    scratched = [replace(h, vars={**own_scratch, **h.vars}) if h.connection == "local" else h for h in hosts]
    _write_script(paths.stack, inventory_document(scratched))
    for part, (group, variables) in zip(parts, variables_of(parts).items(), strict=True):
        everybody = paths.stack.parent / "group_vars" / group
        everybody.mkdir(parents=True)
        for entry in sorted((part.play.parent / "group_vars").glob("*")):
            if entry.name.partition(".")[0] == "all":
                _link(entry, everybody / f"1-{entry.name}")
            elif len(parts) == 1:
                _link(entry, everybody.with_name(entry.name))
        (everybody / "2-infraops.json").write_text(json.dumps(variables), encoding="utf-8")
    if len(parts) == 1:
        _link(parts[0].play.parent / "host_vars", paths.stack.parent / "host_vars")


def _write_script(script: Path, document: Mapping[str, Any]) -> None:
    script.parent.mkdir(parents=True, exist_ok=True)
    data = script.with_name("hosts.data")
    data.write_text(json.dumps(document), encoding="utf-8")
    script.write_text(f"#!/bin/sh\nexec cat {shlex.quote(str(data))}\n", encoding="utf-8")
    script.chmod(0o700)


def _link(source: Path, link: Path) -> None:
    if source.exists():
        link.symlink_to(source.resolve())


def known_hosts(hosts: Sequence[Host], environ: Mapping[str, str]) -> str:
    """Return the run's known_hosts: pinned keys, and of hosts without one what the user's own files hold."""
    return ssh.known_hosts(hosts, unpinned=ssh.known_to_user(environ))


def lend_facts(cache: Path, hosts: Sequence[Host], facts: Path) -> None:
    """Lay the facts of these very machines where Ansible looks for them; a machine made anew has none."""
    for host in hosts:
        for kept in cache.glob(f"{_key(host)}.*") if host.identity else ():
            with suppress(FileNotFoundError):
                shutil.copy2(kept, facts / (kept.suffix[1:] + host.name))  # with its age


def keep_facts(cache: Path, hosts: Sequence[Host], facts: Path, *, tells_secret: Callable[[str], bool]) -> None:
    """Keep the facts that a run has gathered, each under its machine's identity; none of a host whose facts tell one.

    Ansible's file is named after the host, with a prefix that says how it is written (`s1_web-01`).
    """
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    by_name = {host.name: host for host in hosts if host.identity}
    for file in facts.iterdir():
        prefix = match[0] if (match := _SCHEMA.match(file.name)) else ""
        host = by_name.get(file.name.removeprefix(prefix))
        if host is None or tells_secret(file.read_text(encoding="utf-8", errors="replace")):
            continue
        kept = cache / f"{_key(host)}.{prefix}"
        unfinished = kept.with_name(f".{kept.name}-{facts.parent.name}")
        shutil.copy2(file, unfinished)
        unfinished.replace(kept)


def _key(host: Host) -> str:
    return hashlib.sha256(f"{host.name}\n{host.identity}".encode()).hexdigest()[:32]
