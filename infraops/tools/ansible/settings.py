"""What one Ansible run is given: its configuration, its environment and its command line. Pure."""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# What a minimal environment keeps: enough to find programs, keys, collections and the way home; no credentials.
_KEPT = (
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "TZ",
    "TMPDIR",
    "PYTHONPATH",
    "SSH_AUTH_SOCK",
    "XDG_RUNTIME_DIR",
    "ANSIBLE_VAULT_PASSWORD_FILE",
    "ANSIBLE_VAULT_IDENTITY_LIST",
    "ANSIBLE_COLLECTIONS_PATH",
    "ANSIBLE_ROLES_PATH",
)
# And what ansible-galaxy is told of its servers, and of the way to them.
_KEPT_FOR_GALAXY = re.compile(
    r"(?:ANSIBLE_GALAXY_\w+|(?:https?|no|all)_proxy|SSL_CERT_(?:FILE|DIR)|REQUESTS_CA_BUNDLE|GIT_SS[HL]_\w+)",
    re.IGNORECASE,
)
COLLECTIONS, ROLES = "collections", "roles"  # in a directory that Galaxy's things are installed into
_FACTS_FRESH_SECONDS = 3600
_PERSIST_SECONDS = 60  # what a master outlives a killed run by


@dataclass(frozen=True)
class RunPaths:
    """The files of one Ansible run, below two directories that are made for it and removed after it."""

    private: Path
    sockets: Path  # short, because a socket's path may have 104 characters, and of plain characters alone

    @property
    def configuration(self) -> Path:
        """The generated ansible.cfg."""
        return self.private / "ansible.cfg"

    @property
    def environment(self) -> Path:
        """An empty inventory; the environment's group_vars/ and host_vars/ stand beside it."""
        return self.private / "environment" / "hosts"

    @property
    def stack(self) -> Path:
        """The inventory of the hosts; the variables of their stacks stand beside it, in group_vars/."""
        return self.private / "stack" / "hosts"

    @property
    def known_hosts(self) -> Path:
        """The pinned host keys of the run, beside the sockets: a path that needs no quoting, twice over, for ssh."""
        return self.sockets / "known_hosts"

    @property
    def temporary(self) -> Path:
        """Ansible's local scratch files."""
        return self.private / "tmp"

    @property
    def facts(self) -> Path:
        """The facts of the hosts, one file a host."""
        return self.private / "facts"

    @property
    def limit(self) -> Path:
        """The names of the hosts to which the run is limited; Ansible parts the file's path at blanks and commas."""
        return self.sockets / "limit"


def configuration(paths: RunPaths, *, forks: int, callbacks: Path) -> str:
    """Return the run's ansible.cfg.

    Connections are shared and pipelined (three times as fast), the fast key exchange is asked for first, and host
    keys are checked against the run's own known_hosts.
    """
    ssh_options = (
        "-o ControlMaster=auto",
        f"-o ControlPersist={_PERSIST_SECONDS}s",
        "-o KexAlgorithms=^curve25519-sha256",
        f"-o UserKnownHostsFile={paths.known_hosts}",
        "-o GlobalKnownHostsFile=/dev/null",
        "-o UpdateHostKeys=no",
        "-o ServerAliveInterval=15",
    )
    sections = {
        "defaults": {
            "forks": forks,
            "gathering": "smart",
            "fact_caching": "jsonfile",
            "fact_caching_connection": paths.facts,
            "fact_caching_timeout": _FACTS_FRESH_SECONDS,
            "host_key_checking": True,
            "interpreter_python": "/usr/bin/python3",
            "local_tmp": paths.temporary,
            "callback_plugins": callbacks,
            "stdout_callback": "infraops_events",
            "retry_files_enabled": False,
            "force_valid_group_names": "ignore",
            "timeout": 20,
            "nocows": True,
            "nocolor": True,
            "deprecation_warnings": False,
            "localhost_warning": False,
        },
        "inventory": {"enable_plugins": "ansible.builtin.script", "any_unparsed_is_failed": True},
        "ssh_connection": {
            "pipelining": True,
            "control_path_dir": paths.sockets,
            "ssh_args": " ".join(ssh_options),
            "retries": 1,
        },
    }
    return "\n".join(
        line
        for section, values in sections.items()
        for line in (f"[{section}]", *(f"{key} = {str(value).replace('%', '%%')}" for key, value in values.items()), "")
    )


def environment(
    paths: RunPaths, environ: Mapping[str, str], *, installed: Path | None = None, by_aws: bool = False
) -> dict[str, str]:
    """Return the environment of the run: what it needs of the caller's and where its configuration is.

    What is `installed` for its playbook is looked for there first, and then where it is looked for anyway. `by_aws`
    says that the AWS CLI leads to hosts: it needs the caller's profile and credentials.
    """
    cloud = {name: value for name, value in environ.items() if by_aws and name.startswith("AWS_")}
    ours = {"ANSIBLE_CONFIG": str(paths.configuration)}
    return _minimal(environ) | cloud | _searched(environ, installed) | ours


def galaxy_environment(target: Path, scratch: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which ansible-galaxy installs into `target`, whatever is installed elsewhere."""
    kept = {name: value for name, value in environ.items() if _KEPT_FOR_GALAXY.fullmatch(name)}
    return (
        _minimal(environ)
        | kept
        | {
            "ANSIBLE_CONFIG": str(scratch / "ansible.cfg"),
            "ANSIBLE_LOCAL_TEMP": str(scratch),
            "ANSIBLE_COLLECTIONS_PATH": str(target / COLLECTIONS),
            "ANSIBLE_ROLES_PATH": str(target / ROLES),
            "ANSIBLE_NOCOLOR": "1",
            "GIT_TERMINAL_PROMPT": "0",
        }
    )


def _minimal(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: environ[name] for name in _KEPT if environ.get(name)} | {
        "LC_ALL": "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8",  # Ansible insists on UTF-8
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
    }


def _searched(environ: Mapping[str, str], installed: Path | None) -> dict[str, str]:
    """Lead to what is installed; Ansible's own places, which a variable replaces, are named after it."""
    if installed is None:
        return {}
    places = (
        ("ANSIBLE_COLLECTIONS_PATH", COLLECTIONS, "~/.ansible/collections:/usr/share/ansible/collections"),
        ("ANSIBLE_ROLES_PATH", ROLES, "~/.ansible/roles:/usr/share/ansible/roles:/etc/ansible/roles"),
    )
    return {name: f"{installed / own}:{environ.get(name) or usual}" for name, own, usual in places}


def arguments(
    play: Path,
    paths: RunPaths,
    *,
    shared: bool,
    limited: bool,
    check: bool,
    tags: Sequence[str],
    skip_tags: Sequence[str],
) -> list[str]:
    """Return the arguments of ansible-playbook; `shared` says that it works for several stacks."""
    # Of two inventories the later one's group_vars/all wins: what a blueprint says goes before what its environment
    # says of all hosts; what the environment says of a group or a host goes before both, as ever in Ansible. Where
    # several stacks share the run, what their blueprints say stands in a group each. That goes before group_vars/all
    # anyway, and must come first so that the environment's groups go before it.
    inventories = (paths.stack, paths.environment) if shared else (paths.environment, paths.stack)
    argv = [word for inventory in inventories for word in ("--inventory", str(inventory))]
    if limited:
        argv += ["--limit", f"@{paths.limit}"]
    if check:
        argv.append("--check")
    if tags:
        argv += ["--tags", ",".join(tags)]
    if skip_tags:
        argv += ["--skip-tags", ",".join(skip_tags)]
    return [*argv, "--", str(play)]
