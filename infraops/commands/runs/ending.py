"""What happens when a run has ended, however it ended: its report, room for the next, a notice."""

from urllib.parse import urlsplit

from infraops.commands.context.surroundings import Surroundings
from infraops.commands.runs.files import leave, warn
from infraops.commands.runs.retention import remove_old_runs
from infraops.controlrepo.parameters.secrets import resolve
from infraops.errors import InfraOpsError
from infraops.lines import ACTING
from infraops.models.files.settings import Notify, SettingsFile
from infraops.models.runs.run import RunResult
from infraops.models.stacks.stack import SecretReference
from infraops.stations.bench.tools import Tools
from infraops.tools.webhook import deliver


def end_run(result: RunResult, *, tools: Tools, surroundings: Surroundings, settings: SettingsFile) -> None:
    """Leave what a run leaves. What goes wrong here is said, and makes the run no worse."""
    leave(surroundings.report_files(result), tools.run_directory, surroundings.report)
    _make_room(tools, surroundings, keep=settings.defaults.keep_runs)
    if settings.notify is not None and result.line in ACTING:
        _notify(settings.notify, surroundings.notice(result), tools, surroundings)


def _make_room(tools: Tools, surroundings: Surroundings, *, keep: int) -> None:
    try:
        stuck = remove_old_runs(tools.workspace.runs, tools.ledger, keep=keep, current=tools.run)
    except (InfraOpsError, OSError) as error:
        warn(surroundings.report, f"old runs were not removed: {error}")
    else:
        if stuck:
            warn(surroundings.report, f"old runs cannot be removed from {tools.workspace.runs}: {', '.join(stuck)}")


def _notify(hook: Notify, notice: bytes, tools: Tools, surroundings: Surroundings) -> None:
    to = urlsplit(hook.url).netloc  # the rest of an address may be a secret in itself
    environ = surroundings.environ
    reference = SecretReference(*hook.secret.split(":", 1))
    try:
        secret = resolve(reference, root=tools.workspace.root, generated=tools.workspace.state, environ=environ)
        problem = deliver(hook.url, notice, secret, environ=environ)
    except InfraOpsError as error:
        problem = str(error)
    except KeyboardInterrupt:
        problem = "interrupted"
    if problem is not None:
        warn(surroundings.report, f"{to} was not told of the run's end: {problem}")
