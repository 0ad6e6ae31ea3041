"""Having Rego compiled, and saying what is wrong with it in the places that the user knows."""

import json
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from infraops.assessment.rego.faults import Fault, faults_in
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.errors import Place
from infraops.models.files.policy import RegoModule
from infraops.processes import Finished, run

_COMPILER = (sys.executable, "-P", "-m", "infraops.assessment.rego.compiler")
_PATIENCE = 60.0  # seconds


def is_there() -> bool:
    """Whether the library is installed that compiles Rego."""
    return find_spec("regopy") is not None


def compile_rego(
    modules: Sequence[RegoModule], texts: Sequence[str], entrypoints: Sequence[str], mistakes: Mistakes
) -> dict[str, Any]:
    """Compile files to a plan; an empty one where their mistakes leave none. `texts` are in the syntax of today."""
    answer = _compiled(texts, entrypoints)
    if answer is None:
        _blame(modules, texts, entrypoints, mistakes)
        return {}
    faults = [Fault(*each) for each in answer.get("faults", ())]
    plan: dict[str, Any] = answer.get("plan", {})
    if plan:
        plan = {**plan, "static": {**plan["static"], "strings": plan["static"].get("strings", [])}}
        numbers = [int(str(each["value"]).removesuffix(".rego")) for each in plan["static"].get("files", ())]
        faults += [
            Fault(numbers[each.file] if 0 <= each.file < len(numbers) else -1, each.row, each.problem, each.hint)
            for each in faults_in(plan)
        ]
    for fault in dict.fromkeys(faults):
        known = 0 <= fault.file < len(modules)
        line = fault.row + 1 if known and fault.row is not None else None
        place = Place(modules[fault.file if known else 0].file, line)
        _tell(place, fault.problem, fault.hint, mistakes)
    return {} if faults else {**plan, "files": numbers}


def _compiled(texts: Sequence[str], entrypoints: Sequence[str]) -> dict[str, Any] | None:
    """Return what the compiler answers; None where it ends without an answer, or does not end."""
    try:
        done: Finished = run(
            _COMPILER, stdin=json.dumps({"texts": texts, "entrypoints": entrypoints}), timeout=_PATIENCE
        )
        answer: dict[str, Any] = json.loads(done.stdout)
    except (TimeoutError, ValueError):
        return None
    return answer


def _blame(modules: Sequence[RegoModule], texts: Sequence[str], entrypoints: Sequence[str], mistakes: Mistakes) -> None:
    """Find the files on which the compiler ends without an answer, each by itself."""
    problem = "the library that compiles Rego ends, or does not end, on something in it"
    hint = "write it in another way; `not … with …` is one such thing"
    blamed = [module for module, text in zip(modules, texts, strict=True) if _compiled([text], entrypoints) is None]
    for module in blamed or modules[:1]:
        _tell(Place(module.file), problem, hint, mistakes)


def _tell(place: Place, problem: str, hint: str, mistakes: Mistakes) -> None:
    mistakes.add(place, f"the policy cannot be evaluated: {problem}", hint or "docs/policy.md says what Rego may use")
