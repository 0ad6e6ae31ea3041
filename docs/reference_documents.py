"""The page about `--json`: which command prints which document, and what the documents look like."""

import ast
import dataclasses
import json
import re
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import infraops.cli
from docs.reference_commands import all_commands
from infraops.errors import InvalidInput, Mistake, Place
from infraops.lab.findings import Finding, Level
from infraops.lab.inspect import HostStatus
from infraops.lab.prune import Pruned
from infraops.models.changes.risk import Level as RiskLevel
from infraops.models.ledger.answers import Owner
from infraops.models.ledger.entries import PAYLOADS, Entry
from infraops.models.plans.contract import Outputs
from infraops.models.plans.finding import Severity
from infraops.models.plans.plan import Action
from infraops.models.reports.answers import (
    Adoption,
    Anchored,
    Approved,
    Costs,
    Explained,
    Initialised,
    LedgerCheck,
    OpenEmergency,
    PolicyList,
    Remembered,
    Rendered,
    RunLogs,
    Standing,
    StatePlace,
    Validated,
)
from infraops.models.reports.fetched import Fetch, FetchedCatalogs
from infraops.models.reports.graph import EdgeKind, StackGraph
from infraops.models.reports.pipeline import Waves, Written
from infraops.models.reports.review import Review, Subject
from infraops.models.reports.tested import Tested, Verdict
from infraops.models.reports.upgrade import Upgrades
from infraops.models.reports.wrapping import Wrapped
from infraops.models.runs.run import Outcome, RunResult
from infraops.views.costs import cost_table_document
from infraops.views.documents import ledger_check_document, outputs_document, plain, run_document
from infraops.views.errors import error_document
from infraops.views.reports import notice_document
from infraops.views.review.content import review_document
from infraops.views.upgrades import upgrades_document

SCHEMA = re.compile(r"infraops/[a-z-]+/v[0-9]+")
CLI = Path(infraops.cli.__file__).parent
WORDS = {
    "outcome": ("How a station, a stack or a run ended", Outcome),
    "severity": ("What a rule that is broken does", Severity),
    "level": ("How a finding is", Level),
    "risk.level": ("How much care a change asks for", RiskLevel),
    "kind": ("Why a stack waits for another", EdgeKind),
    "action": ("What would happen to a resource", Action),
    "done": ("What became of a catalog", Fetch),
    "verdict": ("How a step of a template's test ended", Verdict),
}

RUN = """\
A run and what became of each stack. `seconds` is wall time without `waited`, the seconds in which the run did nothing
but wait for an answer; those of stations are counted alike. `counts` are of resources: those that `apply` and `destroy`
have provisioned; those that are planned in other runs, and where a run was not allowed."""
REVIEW = """\
What a change would do. `gravity` is of the whole: `nothing`, `configures`, `changes`, `loses`, `unjudged`. `subjects`
are the stacks beside their plans, `run` is the run as `infraops/plan/v1` has it, `graph` as `infraops/graph/v1`."""
COST = """\
What stacks cost a month. Sums are null where no price is known, and are of `priced` resources alone; `unpriced` is the
number of the others, `unknown` names their types. `budgets` are of the environment and of owners."""
FETCHED = """\
Catalogs of other repositories. `done` says what was done, or with `--check` found; `moved` that a tag stands for
another commit than when it was locked. `ok` is false where `--check` found something that must not be."""
UPGRADES = """\
What another version means for each stack. `change` is `new`, `required`, `removed` or `changed`; `before`, `after` are
effective values, of sensitive ones their references. `mistakes` are what blueprints would have to be mended in, `plans`
runs as in `infraops/plan/v1`."""
HISTORY = """\
Runs, newest first. `verdict` is an outcome, `running`, `killed`, or says that nobody knows. `seconds` reaches from the
first entry of a run to its last: the time in which a question was open is in it."""


@cache
def schemas_of_commands() -> Mapping[str, tuple[str, ...]]:
    """Return the `schema` keys that each command's words name in the source of the command line."""
    by_help = {(command.help or "").strip(): words for words, command in all_commands().items()}
    found: dict[str, tuple[str, ...]] = {}
    for file in sorted(CLI.glob("*_words.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and (words := by_help.get((ast.get_docstring(node) or "").strip())):
                found[words] = tuple(dict.fromkeys(_constants(node)))
    return found


def _constants(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and SCHEMA.fullmatch(one.value):
            yield one.value


def sample(kind: Any) -> Any:
    """Make a value of a type: every field of a dataclass is filled, every list and mapping has one entry."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind)
        return kind(**{field.name: sample(hints[field.name]) for field in dataclasses.fields(kind) if field.init})
    if origin in (typing.Union, types.UnionType):
        return sample(next(one for one in arguments if one is not type(None)))
    if origin is tuple:
        return (sample(arguments[0]),)
    if origin is frozenset:
        return frozenset()
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"name": sample(arguments[1])}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    return _PLAIN[kind]


_PLAIN: Mapping[Any, Any] = {
    str: "text",
    int: 1,
    float: 1.5,
    bool: True,
    Any: "any value",
    Path: Path("/path"),
    datetime: datetime(2026, 1, 31, 12, 0, tzinfo=UTC),
}


def documents() -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Return the documents by `schema` key: what each is, and its content for a sample."""
    outputs = outputs_document(sample(Outputs))
    entry = {**plain(sample(Entry)), "payload": {"name": "any value"}}
    standing = {**plain(sample(Standing)), "outputs": outputs}
    mistakes = InvalidInput((Mistake(Place("blueprints/web.yaml", 12), "text", "text"),))
    return {
        "infraops/plan/v1": (RUN, run_document(sample(RunResult))),
        "infraops/review/v1": (REVIEW, review_document(replace(sample(Review), subjects={"text": sample(Subject)}))),
        "infraops/cost/v1": (COST, cost_table_document(sample(Costs))),
        "infraops/policy-list/v1": ("Every rule, and every waiver.", plain(sample(PolicyList))),
        "infraops/policy/v1": ("One rule, and the waivers that speak of it.", plain(sample(Explained))),
        "infraops/render/v1": ("What was written.", {"stacks": [plain(sample(Rendered))]}),
        "infraops/unlock/v1": ("Stacks and who held them.", {"unlocked": {"name": sample(Owner)}}),
        "infraops/status/v1": (
            "How stacks stand.",
            {"stacks": [standing], "emergencies": [plain(sample(OpenEmergency))]},
        ),
        "infraops/output/v1": ("What stacks answer.", {"stacks": {"name": outputs}}),
        "infraops/history/v1": (HISTORY, {"runs": [sample(Remembered)]}),
        "infraops/run/v1": ("One run and its entries.", {"run": sample(Remembered), "entries": [entry]}),
        "infraops/logs/v1": ("The logs of one run.", plain(sample(RunLogs))),
        "infraops/ledger-verify/v1": (
            "Whether the chain is whole, the approvals in it hold, and it holds the newest anchor.",
            ledger_check_document(sample(LedgerCheck)),
        ),
        "infraops/ledger-anchor/v1": ("The head of the chain, signed.", plain(sample(Anchored))),
        "infraops/approve/v1": ("A signed approval, and where it was put.", plain(sample(Approved))),
        "infraops/validate/v1": ("What the control repo holds.", plain(sample(Validated))),
        "infraops/template-fetch/v1": (FETCHED, {**plain(sample(FetchedCatalogs)), "ok": True}),
        "infraops/template-upgrade/v1": (UPGRADES, upgrades_document(sample(Upgrades))),
        "infraops/template-test/v1": (
            "Each case of each template, step by step.",
            {**plain(sample(Tested)), "passed": True},
        ),
        "infraops/graph/v1": ("Stacks, and what they hand on.", plain(sample(StackGraph))),
        "infraops/init/v1": ("The control repo that was made.", plain(sample(Initialised))),
        "infraops/state-place/v1": ("Where an environment's states are kept.", plain(sample(StatePlace))),
        "infraops/import-stack/v1": (
            "A root module that was to become a stack; `written` says whether it did.",
            plain(sample(Adoption)),
        ),
        "infraops/new/v1": ("The blueprint that was written.", {"file": "text"}),
        "infraops/doctor/v1": ("What was looked at on this machine.", {"findings": [sample(Finding)]}),
        "infraops/lab-status/v1": ("The checkout's lab hosts.", {"hosts": [sample(HostStatus)]}),
        "infraops/lab-prune/v1": ("What was removed, or would be.", plain(sample(Pruned))),
        "infraops/ci/v1": ("Files for CI, what to know of them, and what is left to do.", plain(sample(Written))),
        "infraops/ci-waves/v1": ("Groups of blueprints: levels in order, groups side by side.", plain(sample(Waves))),
        "infraops/schema/v1": ("Which files were written.", {"files": ["text"]}),
        "infraops/template-import/v1": (
            "What became of each module; `error` says why there is no template.",
            {"modules": [plain(sample(Wrapped))]},
        ),
        "infraops/notice/v1": (
            "What is posted to `notify.url`; no command prints it.",
            notice_document(sample(RunResult)),
        ),
        "infraops/error/v1": ("An error that stopped a command; any command may print it.", error_document(mistakes)),
    }


# Documents with the content of another one, and those that are told in words.
ALIKE = {
    "infraops/apply/v1": "plan",
    "infraops/resume/v1": "plan",
    "infraops/drift/v1": "plan",
    "infraops/destroy/v1": "plan",
    "infraops/forget/v1": "plan",
    "infraops/lab-setup/v1": "doctor",
}
IN_WORDS = {
    "infraops/template/v1": "A template: its `template.yaml`, `reference`, `built_in`, `catalog` and `platforms`.",
    "infraops/template-list/v1": "A list of templates below `templates`, each as in `infraops/template/v1`.",
}


def documents_page() -> str:
    """Return the page about the documents."""
    shapes = documents()
    lines = [
        "# JSON documents",
        "",
        "With `--json` a command prints one document on stdout. Its first key, `schema`, names its kind and version.",
        "Keys may be added to a version; none is renamed or removed. A sensitive value is `(sensitive)` or null.",
        "The samples below show the keys and the types of their values.",
        "",
        "| command | document |",
        "|---|---|",
        *(f"| `infraops {words}` | {_links(schemas)} |" for words, schemas in schemas_of_commands().items() if schemas),
        "",
        "`infraops inventory` and `infraops schema KIND` print Ansible's and JSON Schema's own formats instead.",
    ]
    for schema, (what, content) in shapes.items():
        lines += ["", f"## {schema}", "", what, ""]
        alike = [name for name, other in ALIKE.items() if schema == f"infraops/{other}/v1"]
        if alike:
            lines += [f"{', '.join(f'`{name}`' for name in alike)} look the same.", ""]
        lines += ["```json", _json({"schema": schema, **plain(content)}), "```"]
    for schema, what in IN_WORDS.items():
        lines += ["", f"## {schema}", "", what]
    lines += ["", "## Entries of the ledger", "", "| kind | keys of its payload |", "|---|---|"]
    lines += [f"| `{name.value}` | {_fields(payload)} |" for name, payload in PAYLOADS.items()]
    lines += ["", "## Words", "", "| key | values |", "|---|---|"]
    lines += [f"| `{key}`: {what} | {_values(kind)} |" for key, (what, kind) in WORDS.items()]
    return "\n".join(lines)


def _fields(kind: type) -> str:
    return ", ".join(f"`{field.name}`" for field in dataclasses.fields(kind)) or "none"


def _json(document: Mapping[str, Any]) -> str:
    return re.sub(r'\[\s+"text"\s+\]', '["text"]', json.dumps(document, indent=2, ensure_ascii=False))


def _links(schemas: tuple[str, ...]) -> str:
    return ", ".join(f"[`{name}`](#{_anchor(ALIKE.get(name) or name)})" for name in schemas)


def _anchor(schema: str) -> str:
    whole = schema if schema.startswith("infraops/") else f"infraops/{schema}/v1"
    return whole.replace("/", "")


def _values(kind: type[Enum]) -> str:
    return ", ".join(f"`{one.value}`" for one in kind)
