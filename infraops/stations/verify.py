"""Station verify: the template's checks, from outside, with deadlines."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from urllib.parse import urlsplit

from infraops.models.files.template import Check, TargetHealthCheck
from infraops.models.runs.results import CheckResult
from infraops.models.runs.run import Failure, Outcome
from infraops.models.stacks.stack import Stack
from infraops.render.providers import providers_handed
from infraops.render.state_account import AWS
from infraops.stations.bench.job import Job
from infraops.stations.bench.tools import Tools, say, tell
from infraops.stations.evidence.stacks import digests_of
from infraops.tools.aws import unhealthy_targets
from infraops.tools.probes.checks import check


def verify(job: Job, tools: Tools) -> Job:
    """Run every check of the template side by side against the stack's endpoints."""
    checks = _that_can_be_made(job.stack)
    aside = len(job.stack.checks) - len(checks)
    left_out = f"{aside} left out, as nothing real answers behind an emulator" if aside else ""
    if not checks:
        digests = digests_of(job, tools)
        summary = left_out or "the template has no checks"
        return replace(job, digests=digests, outcome=Outcome.UNCHANGED, summary=summary)
    endpoints = job.outputs.endpoints if job.outputs is not None else {}
    progress = tell(tools, job, "verify")
    results = check(
        checks,
        endpoints,
        children=tools.children,
        environ=tools.environ,
        directory=tools.workspace.root,
        on_event=lambda event: progress(f"{event.check}: {event.text}"),
        ask_targets=partial(
            unhealthy_targets,
            settings=providers_handed(job.stack).get(AWS, {}),
            emulator=job.stack.environment.file.emulator,
        ),
    )
    say(tools, job, "verify", [_line(result) for result in results])
    failed = [result for result in results if not result.passed]
    if not failed:
        summary = f"{len(results)} of {len(results)} checks passed" + (f"; {left_out}" if left_out else "")
        return replace(job, checks=results, digests=digests_of(job, tools), outcome=Outcome.DONE, summary=summary)
    reasons = "; ".join(f"{result.name} ({result.target}): {_reason(result)}" for result in failed)
    asked = [item.endpoint for item, result in zip(checks, results, strict=True) if not result.passed]
    failure = Failure(
        "verify",
        f"verifying {job.stack.name}",
        f"{len(failed)} of {len(results)} checks failed: {reasons}",
        _where_to_look(job, [endpoints.get(name or "", "") for name in asked]),
    )
    return replace(job, checks=results, failure=failure)


def _that_can_be_made(stack: Stack) -> tuple[Check, ...]:
    if stack.environment.file.emulator is None:
        return stack.checks
    return tuple(check for check in stack.checks if isinstance(check, TargetHealthCheck))


def _where_to_look(job: Job, urls: Sequence[str]) -> str:
    """Name a host that answers at one of these URLs, else any; this machine is not reached by SSH."""
    hosts = [host for host in job.outputs.hosts if host.connection == "ssh"] if job.outputs is not None else []
    if not hosts:
        return f"`infraops logs --stack {job.stack.blueprint}` tells what was done; apply again once it is mended"
    addresses = [urlsplit(url).hostname for url in urls]
    host = next((host for host in hosts if host.address.lower() in addresses), hosts[0])
    return f"look at a host with `infraops ssh -e {job.stack.environment.name} {host.name}`, then apply again"


def _reason(result: CheckResult) -> str:
    return result.reason if result.seconds < 1 else f"{result.reason}, tried for {result.seconds:.0f} s"


def _line(result: CheckResult) -> str:
    verdict = "passed" if result.passed else f"failed: {result.reason}"
    return f"{result.name} {result.target}: {verdict} ({result.seconds:.1f} s, {result.attempts} tries)"
