"""The pages about the control repo's files: a table of keys for each model, read from its JSON Schema."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from infraops.controlrepo.documents.words import PATTERNS
from infraops.controlrepo.schemas.json_schemas import (
    allow_schema,
    blueprint_schema,
    environment_schema,
    policy_schema,
    prices_schema,
    settings_schema,
    template_schema,
)
from infraops.models.basics.versions import TEMPLATE_REFERENCE
from infraops.models.files import authority as authority_models
from infraops.models.files import deprecation as deprecation_models
from infraops.models.files import environment as environment_models
from infraops.models.files import policy as policy_models
from infraops.models.files import prices as price_models
from infraops.models.files import settings as settings_models
from infraops.models.files import template as template_models
from infraops.models.files import vendored as vendored_models
from infraops.models.files.blueprint import OUTPUT_REFERENCE

# What a text of a certain form is called in the tables; PATTERNS says what each form is.
WORDS = {
    template_models.NAME_PATTERN: "name",
    template_models.IDENTIFIER_PATTERN: "identifier",
    template_models.VARIABLE_PATTERN: "variable name",
    template_models.VERSION_PATTERN: "version",
    template_models.DURATION_PATTERN: "duration",
    TEMPLATE_REFERENCE: "template reference",
    OUTPUT_REFERENCE: "output reference",
    environment_models.ADDRESS_PATTERN: "address",
    environment_models.HOST_NAME_PATTERN: "host name",
    environment_models.HOST_KEY_PATTERN: "host key",
    environment_models.PROVIDER_PATTERN: "provider",
    environment_models.EMULATOR_PATTERN: "address",
    environment_models.USER_PATTERN: "user",
    environment_models.GROUP_PATTERN: "group",
    environment_models.KEY_PATTERN: "key reference",
    deprecation_models.DATE_PATTERN: "day",
    vendored_models.REF_PATTERN: "git ref",
    policy_models.RULE_PATTERN: "name of a rule",
    authority_models.CLOCK_PATTERN: "time of day",
    authority_models.MOMENT_PATTERN: "day and time",
    settings_models.PRINCIPAL_PATTERN: "principal",
    price_models.UNIT_PATTERN: "unit",
    price_models.TYPE_PATTERN: "resource type",
    price_models.ATTRIBUTE_PATTERN: "attribute",
    price_models.CURRENCY_PATTERN: "currency",
    settings_models.WEBHOOK_PATTERN: "web address",
    settings_models.ENV_REFERENCE_PATTERN: "variable reference",
}
# Where a model's keys stand, as a reader of the page knows it.
PLACES = {
    "Adoption": "adopt.&lt;environment&gt;[]",
    "Budget": "budget",
    "StateBackend": "state",
    "ChangeRules": "change",
    "ApprovalRules": "change.approval",
    "AuthorityRow": "change.approval.authorities[]",
    "Several": "several of a group",
    "AnyOf": "any of them",
    "AllOf": "all of them",
    "StandardRules": "change.standard",
    "Window": "change.windows.&lt;name&gt;",
    "Freeze": "change.freezes[]",
    "ChangeSettings": "change",
    "StaticHost": "hosts.&lt;blueprint&gt;.&lt;machine&gt;",
    "TerraformPin": "terraform",
    "Defaults": "defaults",
    "Notify": "notify",
    "Source": "catalogs.&lt;name&gt;",
    "PolicyRule": "rules[]",
    "Waiver": "waivers[]",
    "Price": "prices[]",
    "Deprecation": "deprecated",
    "Parameter": "parameters.&lt;name&gt;",
    "ValueType": "items, members[]",
    "Entry": "entries.&lt;name&gt;",
    "DeclaredOutput": "outputs.&lt;name&gt;",
    "HostsFrom": "hosts",
    "HttpCheck": "checks[], type http",
    "TcpCheck": "checks[], type tcp",
    "TargetHealthCheck": "checks[], type target-health",
    "CommandCheck": "checks[], type command",
}
REQUIREMENT = "[requirement](../change.md#who-has-to-say-yes)"
NAMED = {"ParameterType": "parameter type"}
FEW = 4  # values that a table's cell holds; more stand below the tables


def allow_page() -> str:
    """Return the page about the file that `--allow` names."""
    return page("Allow", "the file that `--allow` names", "untrusted", allow_schema())


def blueprint_page() -> str:
    """Return the page about `blueprints/**/*.yaml`."""
    return page("Blueprint", "`blueprints/**/*.yaml`", "blueprint", blueprint_schema({}))


def environment_page() -> str:
    """Return the page about `inventories/<name>/environment.yaml`."""
    return page("Environment", "`inventories/<name>/environment.yaml`", "environment", environment_schema())


def policy_page() -> str:
    """Return the page about `policies/**/*.yaml`."""
    return page("Policy", "`policies/**/*.yaml`", "policy", policy_schema())


def prices_page() -> str:
    """Return the page about `prices/**/*.yaml`."""
    return page("Prices", "`prices/**/*.yaml`", "cost", prices_schema())


def settings_page() -> str:
    """Return the page about `infraops.yaml`."""
    return page("Settings", "`infraops.yaml`", None, settings_schema())


def template_page() -> str:
    """Return the page about `template.yaml`."""
    return page("Template", "`catalog/<template>/template.yaml`", "template", template_schema())


def page(title: str, file: str, guide: str | None, schema: Mapping[str, Any]) -> str:
    """Return a page with one table for the file and one for each model inside it."""
    definitions = {name: one for name, one in schema.get("$defs", {}).items() if "properties" in one}
    seen: set[str] = set()
    sections = [f"# {title}: every key", "", f"The keys of {file}. A key that is not listed is a mistake."]
    if guide is not None:
        sections.append(f"[{guide}.md](../{guide}.md) explains them.")
    sections += ["", *table(schema, schema, seen)]
    for name in sorted(definitions, key=list(PLACES).index):
        sections += ["", f"## {PLACES[name]}", "", definitions[name].get("description", ""), ""]
        sections += table(definitions[name], schema, seen)
    return "\n".join([*sections, *_words(seen, schema)])


def table(model: Mapping[str, Any], schema: Mapping[str, Any], seen: set[str]) -> list[str]:
    """Return a table of a model's keys; the forms of text that it names are added to `seen`."""
    rows = ["| key | type | default | meaning |", "|---|---|---|---|"]
    required = model.get("required", ())
    for key, field in model["properties"].items():
        default = "required" if key in required else _default(field, schema)
        cells = (f"`{key}`", kind(field, schema, seen), default, field["description"])
        rows.append(f"| {' | '.join(_cell(text) for text in cells)} |")
    return rows


def kind(field: Mapping[str, Any], schema: Mapping[str, Any], seen: set[str]) -> str:
    """Name the type of a key in words."""
    if "$ref" in field:
        name = field["$ref"].rsplit("/", 1)[1]
        definition = schema["$defs"][name]
        if len(definition.get("enum", ())) > FEW:
            seen.add(name)
            return NAMED[name]
        return f"mapping, see {PLACES[name]}" if "properties" in definition else kind(definition, schema, seen)
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return _or(f"`{value}`" for value in field["enum"])
    if "discriminator" in field:
        places = {PLACES[one["$ref"].rsplit("/", 1)[1]].partition(",")[0] for one in field["oneOf"]}
        return f"mapping, see {_or(places)}"
    for either in ("anyOf", "oneOf"):
        if either in field and {"$ref": "#/$defs/AnyOf"} in field[either]:
            return REQUIREMENT
        if either in field:
            return _or(kind(one, schema, seen) for one in field[either] if one.get("type") != "null")
    match field.get("type"):
        case "array":
            return f"list of {kind(field['items'], schema, seen)}" if field.get("items") else "list"
        case "object":
            return _mapping(field, schema, seen)
        case "string" if "pattern" in field:
            seen.add(field["pattern"])
            return WORDS[field["pattern"]]
        case "string":
            return "text"
        case "integer" | "number" as number:
            limits = [f"{sign} {field[name]}" for name, sign in _LIMITS.items() if name in field]
            return " ".join([number, ", ".join(limits)]).strip()
        case None:
            return "any value"
        case other:
            return str(other)


_LIMITS = {"minimum": "≥", "maximum": "≤"}


def _mapping(field: Mapping[str, Any], schema: Mapping[str, Any], seen: set[str]) -> str:
    for pattern, value in field.get("patternProperties", {}).items():
        seen.add(pattern)
        return f"mapping of {WORDS[pattern]} to {kind(value, schema, seen)}"
    values = field.get("additionalProperties")
    return f"mapping of text to {kind(values, schema, seen)}" if isinstance(values, dict) else "mapping"


def _default(field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    value = field.get("default")
    if "$ref" in field and "properties" in schema["$defs"][field["$ref"].rsplit("/", 1)[1]]:
        return "as below"
    if value in (None, "", [], {}):
        return "–"
    return f"`{json.dumps(value)}`" if not isinstance(value, str) else f"`{value}`"


def _or(words: Iterable[str]) -> str:
    return " or ".join(dict.fromkeys(words))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _words(seen: set[str], schema: Mapping[str, Any]) -> list[str]:
    """Say which forms of text the tables speak of."""
    rows = [f"| {WORDS[pattern]} | {PATTERNS[pattern]} |" for pattern in WORDS if pattern in seen]
    values = {name: ", ".join(f"`{value}`" for value in schema["$defs"][name]["enum"]) for name in seen & NAMED.keys()}
    rows += [f"| {NAMED[name]} | one of {values[name]} |" for name in sorted(values)]
    return ["", "## Forms of text", "", "| word | what it is |", "|---|---|", *rows] if rows else []
