"""Guessing the type of an output, which Terraform does not declare, from its expression alone. Pure."""

import re
from collections.abc import Mapping

from infraops.controlrepo.adoption.conversion import Written

_TEXT = re.compile(r"(?:^|_)(?:id|arn|ip|name|dns_name|fqdn|endpoint|url|address|cidr_block)$")
_FUNCTIONS = {
    "string": "join format lower upper trimspace jsonencode base64encode tostring templatefile file replace",
    "list": "values keys concat flatten compact distinct sort tolist slice reverse",
    "set": "toset setunion",
    "map": "merge zipmap tomap",
    "number": "length tonumber min max",
    "boolean": "can tobool alltrue anytrue contains",
}


def output_type(value: str, variables: Mapping[str, Written]) -> Written:
    """Return the type of an output where its expression leaves no doubt, else `any`.

    `variables` are the types of the module's variables, for outputs that hand one on.
    """
    text = " ".join(value.split())
    handed_on = re.fullmatch(r"var\.([\w-]+)", text)
    if handed_on is not None:
        return variables.get(handed_on[1], {"type": "any"})
    if re.match(r"\[ ?for |\[.*\]$", text) or re.search(r"\[\*\](?:\.\w+)+$|\.\*\.\w+$", text):
        return {"type": "list"}
    if re.match(r"\{.*\}$", text):
        return {"type": "map"}
    if re.fullmatch(r'"(?:[^"\\]|\\.)*"', text):
        return {"type": "string"}
    called = re.match(r"(\w+)\(", text)
    if called is not None and text.endswith(")") and text.count("(") == 1:
        return {"type": next((kind for kind, words in _FUNCTIONS.items() if called[1] in words.split()), "any")}
    attribute = re.fullmatch(r"(?:data\.)?(\w+)\.\w+(?:\[(?:0|\w+\.\w+)\])?\.(\w+)", text)
    if attribute is not None and attribute[1] not in ("var", "local", "module") and _TEXT.search(attribute[2]):
        return {"type": "string"}
    return {"type": "any"}
