"""Starting, streaming, interrupting and naming child processes; the only user of `subprocess`.

Every child runs in a session of its own, so that a Ctrl-C on the terminal reaches infraops alone and infraops
decides what its children hear: one clean interrupt first, a kill if the operator insists. One that is attached shares
the terminal instead.
"""

from infraops.processes.attached import run_attached
from infraops.processes.children import Children, Finished, Watch
from infraops.processes.identity import (
    ProcessIdentity,
    boot_and_namespace,
    end,
    identify,
    is_alive,
    signal_group,
    signal_process,
)
from infraops.processes.running import run, start_detached
from infraops.processes.workers import Workers

__all__ = [
    "Children",
    "Finished",
    "ProcessIdentity",
    "Watch",
    "Workers",
    "boot_and_namespace",
    "end",
    "identify",
    "is_alive",
    "run",
    "run_attached",
    "signal_group",
    "signal_process",
    "start_detached",
]
