"""What each stack brings into an Ansible run, and what of the run is for whom."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from infraops.errors import InfraOpsError
from infraops.models.plans.contract import Host
from infraops.models.runs.results import Configured
from infraops.processes import ProcessIdentity, Watch
from infraops.render.play import secret_variable
from infraops.tools import ssh
from infraops.tools.ansible.events import AnsibleEvent, OnEvent
from infraops.tools.ansible.inventory import inventory_document, variables_document

_GROUP = "infraops_part_"
_MOST = 100  # stacks in a run: their secrets are in the environment of its process, which has an end
_NAMED = 3


@dataclass(frozen=True)
class Part:
    """What one stack, called `name` in messages, brings into an Ansible run.

    The inventory holds all `hosts`; `limit` names those to configure, all by default. `variables` are data, never
    templates. `secrets` maps names to values that reach Ansible by the environment of its process alone.
    """

    name: str
    play: Path
    hosts: Sequence[Host]
    variables: Mapping[str, Any]
    secrets: Mapping[str, str]
    limit: Sequence[str] | None = None
    on_event: OnEvent = lambda event: None
    watch: Watch | None = None

    @property
    def asked(self) -> tuple[str, ...]:
        """The names of the hosts to configure; InfraOpsError where there are none, or none of that name."""
        doing = f"configuring {self.name}"
        names = tuple(host.name for host in self.hosts)
        if not names:
            hint = 'the module\'s output "hosts" is empty; is the stack applied?'
            raise InfraOpsError(doing, "there are no hosts", hint)
        if self.limit is None:
            return names
        if unknown := sorted(set(self.limit) - set(names)):
            raise InfraOpsError(doing, f"no such host: {', '.join(unknown)}", f"the hosts are: {', '.join(names)}")
        if not self.limit:
            raise InfraOpsError(doing, "it is limited to no host at all")
        return tuple(self.limit)


def refuse_bad_part(part: Part) -> None:
    """Raise InfraOpsError where Ansible could not be handed this, before others share a run with it."""
    _ = part.asked
    inventory_document(part.hosts, variables=part.variables, secrets=tuple(part.secrets))
    ssh.known_hosts(part.hosts)


def fit_together(aboard: Sequence[Part], part: Part) -> bool:
    """Whether a run for these parts can do the work of one more, and each is served as if it were alone.

    Hosts need names of their own, apart from all groups, and where SSH goes an address and port of their own: known
    hosts and open connections are told apart by these.
    """
    return len(aboard) < _MOST and not any(_clash(one, part) for one in aboard)


def _clash(one: Part, other: Part) -> bool:
    hosts, others = _names(one), _names(other)
    groups, other_groups = _groups(one), _groups(other)
    every = hosts | others | groups | other_groups
    return bool(hosts & (others | other_groups) or others & groups or _ways(one) & _ways(other)) or any(
        name.startswith(_GROUP) for name in every
    )


def _names(part: Part) -> set[str]:
    return {host.name for host in part.hosts}


def _groups(part: Part) -> set[str]:
    return {group for host in part.hosts for group in host.groups}


def _ways(part: Part) -> set[tuple[str, int]]:
    return {(host.address, host.port) for host in part.hosts if host.connection != "local"}


def group_of(number: int) -> str:
    """Name the group of a part's hosts in a shared run."""
    return f"{_GROUP}{number}"


def hosts_of(parts: Sequence[Part]) -> list[Host]:
    """Return all hosts; those of several parts are in a group for each, which carries its variables."""
    if len(parts) == 1:
        return list(parts[0].hosts)
    return [
        replace(host, groups=(*host.groups, group_of(number)))
        for number, part in enumerate(parts)
        for host in part.hosts
    ]


def variables_of(parts: Sequence[Part]) -> dict[str, dict[str, Any]]:
    """Return what each part says of its hosts, by the name of their group: `all` where there is only one."""
    if len(parts) == 1:
        return {"all": variables_document(parts[0].variables, secrets=tuple(parts[0].secrets))}
    return {
        group_of(number): variables_document(part.variables, secrets=tuple(part.secrets), part=number)
        for number, part in enumerate(parts)
    }


def secrets_of(parts: Sequence[Part]) -> dict[str, str]:
    """Return the secrets of all parts by their environment variables."""
    shared = len(parts) > 1
    return {
        secret_variable(name, number if shared else None): value
        for number, part in enumerate(parts)
        for name, value in part.secrets.items()
    }


def teller(parts: Sequence[Part]) -> OnEvent:
    """Tell each part what happens on its own hosts, and all of them what is about no host."""
    owners = {host.name: part for part in parts for host in part.hosts}

    def tell(event: AnsibleEvent) -> None:
        if event.host is None or len(parts) == 1:
            for part in parts:
                part.on_event(event)
        elif event.host in owners:
            owners[event.host].on_event(event)

    return tell


def watch_of(parts: Sequence[Part], started: Callable[[ProcessIdentity], None]) -> Watch:
    """Tell all parts of the run's process, and `started` after them."""
    watches = [part.watch for part in parts if part.watch is not None]

    def begun(identity: ProcessIdentity) -> None:
        for watch in watches:
            watch.started(identity)
        started(identity)

    def ended(identity: ProcessIdentity, exit_code: int, seconds: float) -> None:
        for watch in watches:
            watch.ended(identity, exit_code, seconds)

    return Watch(begun, ended)


def share_of(part: Part, whole: Configured, *, parts: int) -> Configured:
    """Pick what a run of so many parts did for one of them."""
    if parts == 1:
        return whole
    asked = set(part.asked)
    own = {name: recap for name, recap in whole.hosts.items() if name in asked}
    failures = tuple(failure for failure in whole.failures if failure.host in own)
    return Configured(own, failures, whole.seconds, shared_with=parts - 1)


def listed(parts: Sequence[Part]) -> str:
    """Name the parts: all of a few, the first of many."""
    more = len(parts) - _NAMED
    return ", ".join(part.name for part in parts[:_NAMED]) + (f" and {more} more" if more > 0 else "")
