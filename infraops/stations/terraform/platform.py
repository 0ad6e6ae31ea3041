"""What a platform must have ready before Terraform works on it."""

from infraops.lab.base import ensure_base
from infraops.stations.bench.job import Job
from infraops.stations.bench.tools import Tools, tell
from infraops.stations.terraform.access import LAB


def prepare_platform(job: Job, tools: Tools) -> None:
    """Make the lab's base layer where the stack will stand on it: seen here as progress, not as a slow first host."""
    if job.stack.environment.platform == LAB and not tools.options.destroy:
        ensure_base(tools.workspace.cache, tools.environ, tell(tools, job, "provision"))
