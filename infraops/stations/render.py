"""Station render: the stack's root module and play, written into the checkout's scratch directory."""

from dataclasses import replace

from infraops.models.runs.run import Outcome
from infraops.stations.bench.job import Job
from infraops.stations.bench.tools import Tools
from infraops.stations.terraform.rendered import write_rendered


def render(job: Job, tools: Tools) -> Job:
    """Write the stack's files where they differ from what is there, and the template they refer to."""
    changed = write_rendered(job.stack, tools.workspace, tools.copies, anew=tools.options.untrusted)
    summary = f"{changed} file{'s' if changed != 1 else ''} written" if changed else "no file changed"
    return replace(job, outcome=Outcome.DONE if changed else Outcome.UNCHANGED, summary=summary)
