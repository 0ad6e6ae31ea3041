"""The Terraform resource `lab_host`. Whatever goes wrong reaches Terraform as a diagnostic, never as a traceback."""

import traceback
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from tf.iface import Config, ImportContext, PlanContext, Resource, State
from tf.schema import Attribute, Schema
from tf.types import Bool, Number, String
from tf.utils import Diagnostics

from infraops.errors import InfraOpsError
from infraops.lab import cgroups, hosts, network, serve
from infraops.lab.checkout import Checkout
from infraops.lab.creation import NAME_PATTERN, Wish, create
from infraops.lab.hosts import Host
from infraops.lab.records import Driver
from infraops.models.basics.workspace import Workspace

T = TypeVar("T")
LEAST_MEMORY_MB = 16


class LabHost(Resource):  # type: ignore[misc]  # `tf` has no types
    """`lab_host`: a Linux host on this machine."""

    def __init__(self, provider: Any) -> None:
        self.checkout: Checkout = provider.checkout

    @classmethod
    def get_name(cls) -> str:
        """Return the type's name without its prefix."""
        return "host"

    @classmethod
    def get_schema(cls) -> Schema:
        """Return the attributes."""
        return Schema(
            version=1,
            attributes=[
                Attribute(
                    "name", String(), required=True, requires_replace=True, description="Unique in the checkout."
                ),
                Attribute("hostname", String(), optional=True, requires_replace=True, description="Default: the name."),
                Attribute("memory_mb", Number(), optional=True, description="Limit in MiB; default: none."),
                Attribute(
                    "running",
                    Bool(),
                    optional=True,
                    computed=True,
                    default=True,
                    description="Whether the host runs; one that was stopped or killed is started again.",
                ),
                Attribute("id", String(), computed=True, description="The name."),
                Attribute("address", String(), computed=True, description="IPv4 address."),
                Attribute("port", Number(), computed=True, description="Port of sshd."),
                Attribute("user", String(), computed=True, description="Who logs in; may become root."),
                Attribute("host_key", String(), computed=True, description="Public key of sshd."),
                Attribute("private_key_file", String(), computed=True, description="Path of the key that logs in."),
                Attribute("identity", String(), computed=True, description="Changes when the host is made anew."),
            ],
        )

    def validate(self, diags: Diagnostics, type_name: str, config: Config) -> None:
        """Check what the user wrote, as far as it is known."""
        super().validate(diags, type_name, config)
        for field in ("name", "hostname"):
            value = config.get(field)
            if isinstance(value, str) and not NAME_PATTERN.fullmatch(value):
                diags.add_error(
                    f"{value!r} cannot be a host's {field}",
                    "Use lower-case letters, digits and hyphens, at most 63, a letter or digit first and last.",
                    path=[field],
                )
        memory = config.get("memory_mb")
        if isinstance(memory, int | float) and (memory < LEAST_MEMORY_MB or memory != int(memory)):
            diags.add_error(
                f"memory_mb is {memory}", f"Give whole MiB, at least {LEAST_MEMORY_MB}.", path=["memory_mb"]
            )

    def plan(self, ctx: PlanContext, current: State | None, planned: State) -> State:
        """Plan a host to run unless the user says otherwise."""
        config = serve.planned_config.get() or {}
        return planned if config.get("running") is not None else {**planned, "running": True}

    def create(self, ctx: Any, planned: State) -> State | None:
        """Make the host."""

        def make() -> State:
            lab = self.checkout
            wish = Wish(
                name=planned["name"],
                hostname=planned.get("hostname"),
                memory_mb=_whole(planned.get("memory_mb")),
                running=planned.get("running") is not False,
                made_by=lab.made_by,
            )
            host = create(lab.workspace, wish, lab.environ, lab.progress)
            _warn_of_less(ctx.diagnostics, host, lab.environ)
            return _state(host, planned)

        return reported(ctx.diagnostics, None, make)

    def read(self, ctx: Any, current: State) -> State | None:
        """Return the host as it is; None where it is gone, or another host has its name."""

        def look() -> State | None:
            workspace = self.checkout.workspace
            network.settle(workspace)
            host = hosts.read(workspace, current["name"])
            if host is None or host.identity != current.get("identity", host.identity):
                return None
            hosts.confirm(workspace, host.name, host.identity)
            return _state(host, current)

        return reported(ctx.diagnostics, current, look)

    def update(self, ctx: Any, current: State, planned: State) -> State:
        """Start or stop the host, change its memory limit."""

        def change() -> State:
            lab, name = self.checkout, current["name"]
            if _whole(planned.get("memory_mb")) != _whole(current.get("memory_mb")):
                _limit_memory(ctx.diagnostics, lab.workspace, name, _whole(planned.get("memory_mb")))
            host = (hosts.stop if planned["running"] is False else hosts.start)(lab.workspace, name)
            return _state(host, planned)

        changed = reported(ctx.diagnostics, current, change)
        return current if changed is None else changed

    def delete(self, ctx: Any, current: State) -> State | None:
        """Remove the host and all that belongs to it."""

        def remove() -> None:
            hosts.delete(self.checkout.workspace, current["name"], identity=current.get("identity"))

        return reported(ctx.diagnostics, current, remove)

    def import_(self, ctx: ImportContext, id: str) -> State | None:  # noqa: A002
        """Take over a host that exists, by its name."""

        def look() -> State:
            host = hosts.read(self.checkout.workspace, id) if NAME_PATTERN.fullmatch(id) else None
            if host is None:
                known = ", ".join(host.name for host in hosts.list_hosts(self.checkout.workspace)) or "none"
                raise InfraOpsError(f"importing the lab host {id!r}", "there is no such host", f"hosts here: {known}")
            hostname = host.hostname if host.hostname != host.name else None
            return _state(host, {"hostname": hostname, "memory_mb": host.memory_mb})

        return reported(ctx.diagnostics, None, look)


def _state(host: Host, written: State) -> State:
    """Return a host's attributes; what only the user may decide stays as `written`, unless it is otherwise in truth."""
    hostname = written.get("hostname")
    return {
        "name": host.name,
        "hostname": hostname if hostname == host.hostname or host.hostname == host.name else host.hostname,
        "memory_mb": host.memory_mb,
        "running": host.running,
        "id": host.name,
        "address": host.address,
        "port": host.port,
        "user": host.user,
        "host_key": host.host_key,
        "private_key_file": str(host.private_key_file),
        "identity": host.identity,
    }


def reported(diags: Diagnostics, otherwise: T, work: Callable[[], T]) -> T:
    """Do the work; what goes wrong becomes a diagnostic, and the answer is `otherwise`."""
    try:
        return work()
    except InfraOpsError as error:
        hint = f"\n\nHint: {error.hint}" if error.hint else ""
        diags.add_error(f"{error.doing[:1].upper()}{error.doing[1:]}", f"{error.problem}{hint}")
    except OSError as error:
        diags.add_error("Working on a lab host", f"{error}\n\nHint: `infraops doctor` says what the lab needs.")
    except Exception as error:
        traceback.print_exc()  # goes into Terraform's own log
        diags.add_error("A bug in infraops", f"{type(error).__name__}: {error}\n\nHint: TF_LOG=debug shows more.")
    return otherwise


def _warn_of_less(diags: Diagnostics, host: Host, environ: Mapping[str, str]) -> None:
    """Say where a host is less than asked for."""
    if host.driver == Driver.LIGHT and not environ.get("INFRAOPS_LAB_DRIVER") and not network.in_user_namespace():
        diags.add_warning(
            f"{host.name} is a light host, without systemd",
            "systemd-nspawn or control groups are missing; `infraops doctor` says more.",
        )
    if host.memory_mb is not None and not cgroups.can_limit_memory():
        diags.add_warning(f"memory_mb has no effect on {host.name}", "There is no memory controller for us here.")


def _limit_memory(diags: Diagnostics, workspace: Workspace, name: str, memory_mb: int | None) -> None:
    if not hosts.limit_memory(workspace, name, memory_mb) and memory_mb is not None:
        diags.add_warning(f"The memory limit of {name} takes effect when it starts again", "Stop it, then apply.")


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) else None
