"""`python -m benchmarks [NAME …]`: measure, print, and write RESULTS.md (only when all were asked for)."""

import argparse
import sys
from collections.abc import Callable, Iterable

from benchmarks import applying, cloud, demo, fleet, levels, peers, reviewing, sharing, starting
from benchmarks.measuring import CannotMeasure, Finding
from benchmarks.report import RESULTS, as_markdown


def main(arguments: list[str]) -> int:
    """Run the benchmarks that are named, all of them by default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = "version, validate, apply, levels, fleet, review, cloud, sharing, peers, demo"
    parser.add_argument("names", nargs="*", metavar="NAME", help=names)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of the apply benchmark (default 5)")
    parser.add_argument("--environment", default="lab", help="where the demo is applied (default lab)")
    asked = parser.parse_args(arguments)
    known: dict[str, Callable[[], Iterable[Finding]]] = {
        "version": lambda: (starting.measure_version(4 * asked.rounds),),
        "validate": lambda: (starting.measure_validate(2 * asked.rounds),),
        "apply": lambda: applying.measure(asked.rounds),
        "levels": lambda: (levels.measure(),),
        "fleet": lambda: fleet.measure(asked.rounds),
        "review": lambda: reviewing.measure(max(1, asked.rounds // 2)),
        "cloud": lambda: cloud.measure(asked.rounds),
        "sharing": lambda: sharing.measure(max(1, asked.rounds // 2)),
        "peers": lambda: peers.measure(asked.rounds),
        "demo": lambda: (demo.measure(asked.environment),),
    }
    if unknown := set(asked.names) - set(known):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    findings: list[Finding] = []
    for name in asked.names or known:
        findings += _measured(name, known[name])
    if not asked.names:
        RESULTS.write_text(as_markdown(findings))
        print(f"written: {RESULTS.parent.name}/{RESULTS.name}")
    return 0


def _measured(name: str, measure: Callable[[], Iterable[Finding]]) -> list[Finding]:
    print(f"{name} …", flush=True)
    try:
        found = list(measure())
    except CannotMeasure as reason:
        found = [Finding(name, f"not measured: {reason}")]
    for finding in found:
        print(f"  {finding.title}: {finding.headline}" + (f" (aim {finding.aim})" if finding.aim else ""), flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
