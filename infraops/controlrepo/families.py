"""Which types can be handed to which: an output's to a parameter's, and either to a module variable's."""

from infraops.models.template import ParameterType

_FAMILIES = {
    ParameterType.INTEGER: "number",
    ParameterType.NUMBER: "number",
    ParameterType.PORT: "number",
    ParameterType.BOOLEAN: "boolean",
    ParameterType.LIST: "list",
    ParameterType.MAP: "map",
}
_CONSTRAINTS = {
    "string": "text",
    "number": "number",
    "bool": "boolean",
    "list": "list",
    "set": "list",
    "tuple": "list",
    "map": "map",
    "object": "map",
}


def family(kind: ParameterType) -> str:
    """Return what a type is at bottom: text, number, boolean, list or map."""
    return _FAMILIES.get(kind, "text")


def constraint_family(constraint: str) -> str | None:
    """Return the same for Terraform's type constraint as written (`list(string)`); None where it does not say."""
    return _CONSTRAINTS.get(constraint.partition("(")[0].strip().strip('"'))


def fits(given: str, taken: str | None) -> bool:
    """Say whether a value of family `given` can stand where `taken` is expected; numbers and booleans are text too."""
    return taken is None or given == taken or (taken == "text" and given in ("number", "boolean"))
