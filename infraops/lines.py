"""Which stations make which line."""

from collections.abc import Mapping

from infraops.errors import UsageError
from infraops.stations.approve import approve
from infraops.stations.assess import assess
from infraops.stations.bench.tools import Line, name_of
from infraops.stations.changes.costs import within_budgets
from infraops.stations.configure import configure
from infraops.stations.drift import drift
from infraops.stations.plan import plan
from infraops.stations.predict import predict
from infraops.stations.provision import provision
from infraops.stations.render import render
from infraops.stations.validate import validate
from infraops.stations.verify import verify

PLAN: Line = (validate, render, plan, assess)
REVIEW: Line = (*PLAN, predict)
APPLY: Line = (*PLAN, within_budgets(approve), provision, configure, verify)
DESTROY: Line = (*PLAN, approve, provision)
FORGET: Line = DESTROY
DRIFT: Line = (validate, render, drift)
ACTING = frozenset({"apply", "destroy", "forget"})  # commands that change something
RESUMED: Mapping[str, Line] = {"plan": PLAN, "apply": APPLY, "destroy": DESTROY, "forget": FORGET}  # by command
LINES: Mapping[str, Line] = {**RESUMED, "review": PLAN, "cost": PLAN}  # what every run of a command has before it


def until(line: Line, station: str | None) -> Line:
    """Cut a line off behind the station of this name; the whole line if None."""
    if station is None:
        return line
    names = [name_of(each) for each in line]
    if station not in names:
        problem = f'there is no station "{station}" on this line'
        raise UsageError("reading --until", problem, f"stations: {', '.join(names)}")
    return line[: names.index(station) + 1]
