"""`infraops status`: how the stacks stand, by state and ledger."""

from infraops.commands.reading import read_outputs
from infraops.commands.selection import Selection, select
from infraops.commands.surroundings import Surroundings, open_repo, open_repo_ledger
from infraops.ledger.ledger import Ledger
from infraops.models.answers import Standing
from infraops.models.contract import Outputs
from infraops.models.record import Kind, RunRecord, StationEnded
from infraops.models.stack import Stack


def status(selection: Selection, surroundings: Surroundings) -> tuple[Standing, ...]:
    """Tell how the selected stacks stand; the machines themselves are not looked at."""
    opened = open_repo(surroundings)
    stacks = select(opened.repo, selection)
    outputs = read_outputs(stacks, opened, surroundings)
    with open_repo_ledger(opened, surroundings) as ledger:
        runs = {record.id: record for record in ledger.runs(limit=None)}
        return tuple(_standing(stack, outputs[stack.name], ledger, runs) for stack in stacks)


def _standing(stack: Stack, outputs: Outputs, ledger: Ledger, runs: dict[str, RunRecord]) -> Standing:
    last = next(
        (
            entry
            for entry in reversed(ledger.entries(stack=stack.name, kind=Kind.STATION_ENDED))
            if isinstance(entry.payload, StationEnded) and entry.payload.station in ("provision", "configure", "verify")
        ),
        None,
    )
    record = runs.get(last.run) if last is not None else None
    payload = last.payload if last is not None and isinstance(last.payload, StationEnded) else None
    return Standing(
        stack=stack.name,
        template=stack.template.reference,
        owner=stack.owner,
        depends_on=stack.depends_on,
        applied=bool(outputs.hosts or outputs.endpoints or outputs.values),
        outputs=outputs,
        proven_hosts=tuple(sorted(ledger.configured_hosts(stack.name))),
        last_run=last.run if last is not None else "",
        last_command=record.command if record is not None else "",
        last_outcome=f"{payload.station} {payload.outcome.value}" if payload is not None else "",
        last_at=last.at if last is not None else None,
    )
