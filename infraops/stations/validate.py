"""Station validate: the files are checked when they are read; here, what one stack needs from its surroundings."""

from dataclasses import replace

from infraops.models.files.template import Consumer
from infraops.models.runs.run import Outcome
from infraops.stations.bench.claiming import hold
from infraops.stations.bench.job import Job
from infraops.stations.bench.tools import Tools
from infraops.stations.inputs.secrets import secrets_for
from infraops.tools.terraform.moving import refuse_two_states


def validate(job: Job, tools: Tools) -> Job:
    """Claim the stack, and make sure that every secret it refers to can be had; the values are dropped again."""
    hold(job, tools)
    refuse_two_states(job.stack, tools.workspace)
    if tools.options.forget:  # needs none
        return replace(job, outcome=Outcome.DONE, summary="complete")
    for consumer in Consumer:
        secrets_for(job.stack, consumer, tools)
    count = len(job.stack.secrets)
    summary = f"{count} secret{'s' if count != 1 else ''} at hand" if count else "complete"
    return replace(job, outcome=Outcome.DONE, summary=summary)
