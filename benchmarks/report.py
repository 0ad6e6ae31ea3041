"""From findings to RESULTS.md."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measuring import Finding, Series, carry_out
from benchmarks.places import CHECKOUT, terraform_programs
from infraops import __version__

RESULTS = Path(__file__).parent / "RESULTS.md"


def as_markdown(findings: Sequence[Finding]) -> str:
    """Write the page of results."""
    parts = ["# Results\n\nWritten by `make bench`; README.md says what is measured and how.\n", _machine()]
    parts.append("| what | found | aim |\n|---|---|---|\n" + "".join(_line(finding) for finding in findings))
    parts += [_details(finding) for finding in findings]
    return "\n".join(parts)


def _machine() -> str:
    versions = " and ".join(
        carry_out(["sh", "-c", f"{program.shell} version"], cwd=CHECKOUT, env=dict(os.environ)).stdout.splitlines()[0]
        for program in terraform_programs()
    )
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, infraops {__version__}, {versions}, Python {platform.python_version()}, "
        f"{platform.system()} on {os.cpu_count()} cores (load {os.getloadavg()[2]:.1f} over the last 15 minutes).\n"
    )


def _line(finding: Finding) -> str:
    verdict = "" if finding.met is None else " ✓" if finding.met else " ✗"
    return f"| {finding.title} | {finding.headline} | {finding.aim}{verdict} |\n"


def _details(finding: Finding) -> str:
    lines = [f"## {finding.title}\n"]
    if finding.series:
        lines.append("| | median s | fastest | slowest | rounds |\n|---|---|---|---|---|")
        lines += [_row(series) for series in finding.series]
        lines.append("")
    else:
        lines.append(f"{finding.headline}\n")
    lines += [f"{note}\n" for note in finding.notes]
    return "\n".join(lines)


def _row(series: Series) -> str:
    return (
        f"| {series.name} | {series.median:.3f} | {min(series.seconds):.3f} | {max(series.seconds):.3f} "
        f"| {len(series.seconds)} |"
    )
