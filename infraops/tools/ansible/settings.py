"""What one Ansible run is given: its configuration, its environment and its command line. Pure."""

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


def environment(paths: RunPaths, environ: Mapping[str, str], *, by_aws: bool = False) -> dict[str, str]:
    """Return the environment of the run: what it needs of the caller's and where its configuration is.

    `by_aws` says that the AWS CLI leads to hosts: it needs the caller's profile and credentials.
    """
    names = [*_KEPT, *(name for name in environ if by_aws and name.startswith("AWS_"))]
    kept = {name: environ[name] for name in names if environ.get(name)}
    return kept | {
        "LC_ALL": "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8",  # Ansible insists on UTF-8
        "ANSIBLE_CONFIG": str(paths.configuration),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
    }


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
