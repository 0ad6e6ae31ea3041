"""Station verify: the template's checks, from outside, with deadlines."""

from dataclasses import replace

from infraops.models.results import CheckResult
from infraops.models.run import Failure, Outcome
from infraops.stations.job import Job, Tools, say, tell
from infraops.stations.proof import digests_of
from infraops.tools.probes.checks import check


def verify(job: Job, tools: Tools) -> Job:
    """Run every check of the template side by side against the stack's endpoints."""
    checks = job.stack.template.file.checks
    if not checks:
        digests = digests_of(job, tools)
        return replace(job, digests=digests, outcome=Outcome.UNCHANGED, summary="the template has no checks")
    endpoints = job.outputs.endpoints if job.outputs is not None else {}
    progress = tell(tools, job, "verify")
    results = check(
        checks,
        endpoints,
        children=tools.children,
        environ=tools.environ,
        directory=tools.workspace.root,
        on_event=lambda event: progress(f"{event.check}: {event.text}"),
    )
    say(tools, job, "verify", [_line(result) for result in results])
    failed = [result for result in results if not result.passed]
    if not failed:
        summary = f"{len(results)} of {len(results)} checks passed"
        return replace(job, checks=results, digests=digests_of(job, tools), outcome=Outcome.DONE, summary=summary)
    reasons = "; ".join(f"{result.name} ({result.target}): {result.reason}" for result in failed)
    failure = Failure(
        "verify",
        f"verifying {job.stack.name}",
        f"{len(failed)} of {len(results)} checks failed: {reasons}",
        f"look at the hosts with `infraops ssh {job.stack.name}`, then apply again",
    )
    return replace(job, checks=results, failure=failure)


def _line(result: CheckResult) -> str:
    verdict = "passed" if result.passed else f"failed: {result.reason}"
    return f"{result.name} {result.target}: {verdict} ({result.seconds:.1f} s, {result.attempts} tries)"
