"""Reading a Terraform module that knows nothing of infraops: its variables as parameters, its outputs as outputs."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infraops.controlrepo.adoption.blocks import Foreign, read_foreign
from infraops.controlrepo.adoption.conversion import NoConversion, Written, converted, written_as
from infraops.controlrepo.adoption.outputs import output_type
from infraops.controlrepo.adoption.validations import read_condition
from infraops.controlrepo.hcl.literals import NotLiteral, read_literal
from infraops.controlrepo.hcl.scanner import Block
from infraops.controlrepo.hcl.type_constraints import HclType, Unread, read_type
from infraops.controlrepo.parameters.rules import MACHINES, STANDARD, TEMPLATE_KEY
from infraops.models.files.template import VARIABLE_PATTERN
from infraops.models.reports.wrapping import Finding, Outcome

_LONGEST = 120
_ANY = HclType("any")
_HANDED = {
    "stack": "the environment's and the blueprint's name, such as production-storefront",
    "environment": "the environment's name",
    "blueprint": "the blueprint's name",
    "owner": "the blueprint's owner",
}


@dataclass
class Reading:
    """What a module's template says, and what became of each thing."""

    parameters: dict[str, Written] = field(default_factory=dict)
    outputs: dict[str, Written] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    foreign: Foreign = field(default_factory=Foreign)

    def note(self, what: str, outcome: Outcome, why: str = "", hint: str = "") -> None:
        """Take down what became of one thing."""
        self.findings.append(Finding(what, outcome, why, hint))


def read_foreign_module(directory: Path, platform: str) -> Reading:
    """Read a module's variables and outputs. Raises InfraOpsError where a file of it cannot be understood at all."""
    reading = Reading(foreign=read_foreign(directory))
    for block in reading.foreign.of("variable"):
        _read_variable(reading, block, platform)
    types = {block.labels[0]: written_as(_type(block)) for block in reading.foreign.of("variable")}
    for block in reading.foreign.of("output"):
        _read_output(reading, block, types)
    return reading


def _read_variable(reading: Reading, block: Block, platform: str) -> None:
    name, what = block.labels[0], f"variable {block.labels[0]}"
    declared = _type(block)
    required = "default" not in block.attributes
    handed = _why_not_a_parameter(name, declared, block, platform)
    if handed is not None:
        usable = not handed[2] or not required
        reading.note(what, Outcome.LEFT if usable else Outcome.MISSING, handed[0], handed[1])
        return
    notes: list[str] = []
    written = {**written_as(declared), **_described(block)}
    if "type" not in block.attributes:
        notes.append("the module declares no type")
    written |= _default(block, declared, notes)
    if _true(block, "sensitive"):
        written["sensitive"] = True
        default = written.pop("default", None)
        if default not in (None, ""):
            notes.append("its default stays in the module: a sensitive parameter is a reference")
    written |= {"nullable": True} if _true(block, "nullable") and not _true(block, "sensitive") else {}
    _limit(written, block, notes)
    reading.parameters[name] = {**written, "used_by": ["terraform"]}
    hint = "Terraform checks it when the stack is planned" if any("validation" in note for note in notes) else ""
    reading.note(what, Outcome.PARTLY if notes else Outcome.MAPPED, "; ".join(notes), hint)


def _why_not_a_parameter(name: str, declared: HclType, block: Block, platform: str) -> tuple[str, str, bool] | None:
    """Say why a variable is no parameter, what to do, and whether the module then lacks a value; None if it is one."""
    plain = "change the module, or wrap it in one of your own that hands the value on"
    if name in STANDARD:
        if declared.word in ("string", "any"):
            note = "; its validation may refuse that" if any(_conditions(block)) else ""
            return f"infraops hands it over: {_HANDED[name]}{note}", "", False
        return f"infraops hands text to every variable of this name, and it is of type {declared.word}", plain, True
    if name == MACHINES:
        why = "infraops hands it the machines that the environment lists"
        return why, "list them under hosts", platform != "static"
    where = "give it under variables in environment.yaml, or as an input"
    if name == TEMPLATE_KEY:
        return "in a blueprint this name pins the template's version", where, True
    if re.fullmatch(VARIABLE_PATTERN.strip("^$"), name) is None or len(name) > _LONGEST:
        return f"the name has letters beyond ASCII, or more than {_LONGEST} characters", plain, True
    if _true(block, "sensitive") and declared.word not in ("string", "any"):
        hint = f"hand it on as an input from a sensitive output, or {plain}"
        return f"it is sensitive and of type {declared.word}; a secret is text here", hint, True
    return None


def _type(block: Block) -> HclType:
    if "type" not in block.attributes:
        return HclType("string") if _true(block, "sensitive") else _of_default(block)
    try:
        read = read_type(block.attributes["type"])
    except Unread:
        return _ANY
    return HclType("string") if read.word == "any" and _true(block, "sensitive") else read


def _of_default(block: Block) -> HclType:
    """Return what the default of a variable without a type says about what was meant."""
    try:
        value = read_literal(block.attributes.get("default", "null"))
    except NotLiteral:
        return _ANY
    return HclType("string") if isinstance(value, str) else _ANY


def _default(block: Block, declared: HclType, notes: list[str]) -> Written:
    if "default" not in block.attributes:
        return {"required": True}
    try:
        value = converted(read_literal(block.attributes["default"]), declared)
        return {} if value is None else {"default": value}
    except NotLiteral as problem:
        notes.append(f"its default stays in the module: {problem}")
    except NoConversion as problem:
        notes.append(f"its default stays in the module: {problem}")
    return {}


def _described(block: Block) -> Written:
    try:
        text = read_literal(block.attributes.get("description", '""').replace("<<-", "<<"))
    except NotLiteral:
        return {}
    words = " ".join(text.split()) if isinstance(text, str) else ""
    return {"description": words} if words else {}


def _limit(written: Written, block: Block, notes: list[str]) -> None:
    """Say by limits what the module's validation says, where it can be said."""
    for condition in _conditions(block):
        limits = read_condition(block.labels[0], condition, str(written["type"]))
        if written.get("sensitive") or not (_join(written, limits.own) and _join_items(written, limits.items)):
            rest = " ".join(condition.split())
        elif not limits.rest:
            continue
        else:
            rest = " && ".join(limits.rest)
        notes.append(f"of its validation this stays with the module: {_short(rest)}")


def _join(written: Written, limits: Written) -> bool:
    """Add limits to a parameter, unless they do not go with what it says already."""
    if written["type"] == "enum" or written.keys() & limits.keys() - {"type"}:
        return not limits
    if limits.get("type") == "enum" and written.keys() & {"min", "max", "pattern"}:
        return False
    if limits.get("type") == "enum":
        limits = {key: limits[key] for key in ("type", "values")}
    written |= limits
    return True


def _join_items(written: Written, limits: Written) -> bool:
    if not limits:
        return True
    if written.get("items") != "string":
        return False
    written["items"] = {"type": "string", **limits}
    return True


def _conditions(block: Block) -> Iterator[str]:
    validations = (one for one in block.blocks if one.kind == "validation")
    return (one.attributes["condition"] for one in validations if "condition" in one.attributes)


def _short(text: str) -> str:
    words = re.sub(r" ?([.()\[\],]) ?", r"\1", text).replace(",", ", ")
    return words if len(words) <= 60 else f"{words[:57]}…"


def _read_output(reading: Reading, block: Block, types: Mapping[str, Written]) -> None:
    name, what = block.labels[0], f"output {block.labels[0]}"
    if re.fullmatch(VARIABLE_PATTERN.strip("^$"), name) is None or len(name) > _LONGEST:
        reading.note(what, Outcome.LEFT, "the name cannot be written in a blueprint")
        return
    if _true(block, "ephemeral"):
        reading.note(what, Outcome.LEFT, "an ephemeral value is in no state, so no other stack can take it")
        return
    written = {**output_type(block.attributes.get("value", ""), types), **_described(block)}
    if _true(block, "sensitive"):
        written["sensitive"] = True
    reading.outputs[name] = written
    notes = [] if written["type"] != "any" else ["its type is not plain to see"]
    notes.append("no stand-in is known")
    reading.note(what, Outcome.MAPPED, "; ".join(notes))


def _true(block: Block, attribute: str) -> bool:
    return block.attributes.get(attribute, "").strip() == "true"
