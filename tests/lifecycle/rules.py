"""What holds after every run, whatever befell it, read from the ledger and from what the run said of itself."""

from collections.abc import Iterator, Mapping

from infraops.ledger.evidence import ACTING, proofs_in
from infraops.models.ledger.entries import Entry
from infraops.models.ledger.runs import RunStarted
from infraops.models.ledger.stacks import StackTakenOver
from infraops.models.ledger.stations import ChildStarted, StationEnded, StationStarted
from infraops.models.runs.run import Outcome
from tests.lifecycle.nursery import Answer
from tests.lifecycle.world import Needs, Record, World


def short(stack: str | None) -> str:
    return (stack or "").removeprefix("local/")


def by_run(entries: tuple[Entry, ...]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.run, []).append(entry)
    return found


def broken_rules(world: World, record: Record) -> Iterator[str]:
    """Name every rule that the record breaks."""
    if not record.verification.ok:
        yield f"the ledger does not verify: {record.verification.why}"
    runs = by_run(record.entries)
    for run, entries in runs.items():
        begun = entries[0].payload
        if not isinstance(begun, RunStarted):
            yield f"{run} begins with {entries[0].kind}"
            continue
        yield from _order_of_stations(run, entries)
        yield from _claimed_first(run, entries)
        proven = {short(stack) for stack in proofs_in(e for e in record.entries if e.seq < entries[0].seq)}
        yield from _order_of_stacks(run, begun, entries, world.graph, proven)
    yield from _one_run_a_stack(record.entries)
    ended = {each.id for each in record.runs if each.outcome is not None}
    for stack, owner in record.claims.items():
        if owner.run in ended:
            yield f"{stack} is still claimed by {owner.run}, which ended"
    for run in sorted(ended):
        if left := sorted(each.name for each in (world.workspace.runs / run).glob("*.tfplan")):
            yield f"{run} ended and left {left}"
    for call in world.calls():
        if call.startswith(("conflict", "stale")):
            yield f"Terraform met a {call}"


def _order_of_stations(run: str, entries: list[Entry]) -> Iterator[str]:
    """A start before its outcome, an outcome before the next start."""
    at: dict[str, str] = {}
    for entry in entries:
        stack = short(entry.stack)
        match entry.payload:
            case StationStarted(station=station):
                if stack in at:
                    yield f"{run}: {stack} entered {station} inside {at[stack]}"
                at[stack] = station
            case StationEnded(station=station) if station != "approve" or stack in at:
                if at.pop(stack, None) != station:
                    yield f"{run}: {stack} left {station}, where it was not"


def _claimed_first(run: str, entries: list[Entry]) -> Iterator[str]:
    """No tool is started for a stack that the run did not claim."""
    claimed: set[str | None] = set()
    for entry in entries:
        match entry.payload:
            case StationEnded(station="validate", outcome=outcome) if outcome.good:
                claimed.add(entry.stack)
            case ChildStarted(program=program) if entry.stack not in claimed:
                yield f"{run}: {program} was started for {entry.stack}, which was not claimed"


def _order_of_stacks(
    run: str, begun: RunStarted, entries: list[Entry], graph: Mapping[str, Needs], proven: set[str]
) -> Iterator[str]:
    """No stack is provisioned before those it waits for came through, or were proven when the run began."""
    carried = {short(stack) for stack in begun.stacks}
    last = "provision" if begun.command == "destroy" else "verify"
    through: set[str] = set()
    touched = {short(entry.stack) for entry in entries if isinstance(entry.payload, StationStarted)}
    for entry in entries:
        stack = short(entry.stack)
        match entry.payload:
            case StationStarted(station="provision"):
                needed = graph[stack].all if begun.command == "apply" else _who_need(stack, graph)
                left_alone = proven - touched if begun.command == "apply" else set()
                if missing := (needed & carried) - through - left_alone:
                    yield f"{run}: {stack} was provisioned before {sorted(missing)} came through"
            case StationEnded(station=station, outcome=outcome) if station == last and outcome.good:
                through.add(stack)
            case StationEnded(station=station, outcome=outcome) if not outcome.good:
                through.discard(stack)


def _who_need(stack: str, graph: Mapping[str, Needs]) -> frozenset[str]:
    return frozenset(name for name, needs in graph.items() if stack in needs.all)


def _one_run_a_stack(entries: tuple[Entry, ...]) -> Iterator[str]:
    """Two runs never hold one stack: the second takes it over from a dead one, or comes when the first has ended."""
    holder: dict[str, str] = {}
    over: set[str] = set()
    for entry in entries:
        match entry.payload:
            case StackTakenOver(of=before):
                # A claim whose run was killed at once stands in no entry; the one before it may have ended.
                if holder.get(short(entry.stack)) not in (before, None, *over):
                    yield f"{entry.run} took {entry.stack} from {before}, held by {holder.get(short(entry.stack))}"
                holder[short(entry.stack)] = entry.run
            case StationEnded(station="validate", outcome=outcome) if outcome.good:
                holder[short(entry.stack)] = entry.run
            case StationStarted(station=station) if station in ACTING or station == "plan":
                if holder.get(short(entry.stack)) != entry.run:
                    yield f"{entry.run} worked on {entry.stack}, held by {holder.get(short(entry.stack))}"
            case _ if entry.kind == "run_ended":
                over.add(entry.run)


def disagreements(answer: Answer, record: Record) -> Iterator[str]:
    """What a run that came to its end said of itself, against the ledger's word."""
    noted = next((each for each in record.runs if each.pid == answer.pid), None)
    if noted is None or answer.killed:
        return
    if noted.outcome is None:
        yield f"{noted.id} has no end, and ended with {answer.code}: {answer.error}"
        return
    if not answer.run:  # an error ended it
        if noted.exit_code != answer.code and not noted.outcome.good:
            yield f"{noted.id} ended with {answer.code}, the ledger says {noted.exit_code}: {answer.error}"
        return
    if (noted.outcome.value, noted.exit_code) != (answer.outcome, answer.code):
        said_of_run = f"{answer.outcome} ({answer.code})"
        yield f"{answer.run}: the ledger says {noted.outcome.value} ({noted.exit_code}), the result {said_of_run}"
    for stack, said in answer.stacks.items():
        word = noted.stacks.get(stack)
        stopped = {Outcome.INTERRUPTED, Outcome.NOT_REACHED, None}
        same = word is not None and word.value == said["outcome"]
        cut_short = said["outcome"] in ("interrupted", "not reached")  # behind a station that ended well
        if not same and not (cut_short and (word in stopped or (word is not None and word.good))):
            yield f"{answer.run}: {stack} was {word} by the ledger, {said['outcome']} by the result"
    yield from _exit_code(answer)


def _exit_code(answer: Answer) -> Iterator[str]:
    outcomes = {said["outcome"] for said in answer.stacks.values()}
    codes = {said["code"] for said in answer.stacks.values()} - {0}
    good = outcomes <= {"done", "unchanged"}
    if (answer.code == 130) != (answer.outcome == "interrupted"):
        yield f"{answer.run} was {answer.outcome} and ended with {answer.code}"
    # Who told a run to stop hears that it was, even where the last stack had come through by then.
    if answer.code != 130 and (answer.code == 0) != good:
        yield f"{answer.run} ended with {answer.code}, its stacks were {outcomes}"
    if answer.code not in (0, 130) and answer.code not in codes | {1}:
        yield f"{answer.run} ended with {answer.code}, its stacks with {codes}"


def wrongly_blocked(answer: Answer, graph: Mapping[str, Needs], *, destroy: bool) -> Iterator[str]:
    """In a run that nobody stopped, a failure blocks what depends on it, and nothing else."""
    said = {short(stack): each["outcome"] for stack, each in answer.stacks.items()}
    for name, outcome in said.items():
        needed = graph[name].all | (_who_need(name, graph) if destroy else frozenset())
        stuck = {other for other in needed if said.get(other) in ("failed", "blocked", "not approved")}
        if outcome == "blocked" and not stuck:
            yield f"{answer.run}: {name} was blocked, and nothing it waits for failed"
        behind = _who_need(name, graph) if destroy else graph[name].all
        if outcome in ("done", "unchanged") and any(said.get(other) in ("failed", "blocked") for other in behind):
            yield f"{answer.run}: {name} was {outcome}, and one of {sorted(behind)} failed"
