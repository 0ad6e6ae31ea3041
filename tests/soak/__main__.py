"""`make soak`, or `python -m tests.soak --rounds N`: kill an apply at any instant, go on, and look what is lost.

Two of three instants are uniform over the time of a whole apply. Every third is aimed at the station that was hit least
so far, because some take a few milliseconds; with `--aim-only`, every one.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

from tests.soak.aiming import LINE, Steps, Watch, stop_at
from tests.soak.estate import Estate, at_work, complaints, kill, make_estate

APPLY = ("apply", "-e", "lab", "--yes")


def main(arguments: list[str]) -> int:
    """Kill so many runs; 1 if anything was lost in one of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Kill runs, go on, and look.")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**6)
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache", help="where the base layer is")
    parser.add_argument("--aim-only", action="store_true", help="aim every round at the station that was hit least")
    asked = parser.parse_args(arguments)
    chance = random.Random(asked.seed)
    print(f"seed {asked.seed}")
    with tempfile.TemporaryDirectory(prefix="infraops-soak-") as directory:
        estate = make_estate(Path(directory), asked.cache)
        begun = time.monotonic()
        estate.run(*APPLY)
        whole = time.monotonic() - begun
        print(f"a whole apply takes {whole:.1f} s", flush=True)
        estate.run("destroy", "-e", "lab", "--yes")
        hits: Counter[str] = Counter()
        failed = 0
        for number in range(1, asked.rounds + 1):
            aim = min(LINE, key=lambda station: hits[f"station {station}"]) if asked.aim_only or number % 3 == 0 else ""
            failed += not _round(number, estate, chance, whole, hits, aim)
    print(f"{asked.rounds} kills, {failed} lost something")
    for what, times in sorted(hits.items()):
        print(f"  {what}: {times}")
    return 1 if failed else 0


def _round(number: int, estate: Estate, chance: random.Random, whole: float, hits: Counter[str], aim: str) -> bool:
    tree = chance.random() < 0.5
    with closing(Watch(estate.ledger)) as watch:
        steps = Steps(estate.runs)
        began = time.monotonic()
        process = estate.start(*APPLY)
        if aim:
            stop_at(process, aim, steps)
        else:
            time.sleep(chance.uniform(0, whole))
        instant = time.monotonic() - began
        ended = process.poll() is not None
        seen = watch.look()
        kill(process, tree=tree)
        found = [] if watch.look_anew()[: len(seen)] == seen else ["the ledger forgot what it had shown"]
    was = at_work(estate)
    for station in was["stations"] or [
        "at the end" if ended else "between stations" if was["run"] else "before the run"
    ]:
        hits[f"station {station}"] += 1
    for tool in was["tools"]:
        hits[f"tool {tool}"] += 1
    hits["the whole tree" if tree else "infraops alone"] += 1
    try:
        estate.run("resume", "--yes") if was["run"] else estate.run(*APPLY)
        found += complaints(estate)
    except AssertionError as error:
        found += [str(error)]
    what = f"aimed at {aim or 'nothing'}, hit {', '.join(was['stations']) or '-'} / {', '.join(was['tools']) or '-'}"
    verdict = "; ".join(found) if found else "nothing lost"
    print(f"{number:4} at {instant:5.2f} s, {'tree ' if tree else 'alone'}: {what}: {verdict}", flush=True)
    estate.run("destroy", "-e", "lab", "--yes")
    return not found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
