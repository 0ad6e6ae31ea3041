"""Documents like those that rules are evaluated on, to try expressions on before there is any plan. Pure."""

from copy import deepcopy
from typing import Any

_EMPTY: dict[str, Any] = {
    "stack": {
        "name": "production/web",
        "blueprint": "web",
        "environment": "production",
        "platform": "static",
        "owner": "team-web",
        "cost_center": "",
        "runbook": "",
        "tags": [],
        "protected": False,
        "file": "blueprints/web.yaml",
        "template": {
            "name": "web-service",
            "version": "1.0",
            "reference": "web-service@1.0",
            "built_in": False,
            "catalog": "",
            "deprecated": "",
            "successor": "",
            "over": False,
        },
    },
    "environment": {"approval": False, "accounts": [], "unbound": []},
    "destroy": False,
    "deferred": False,
    "counts": {"create": 0, "update": 0, "replace": 0, "delete": 0, "imports": 0, "forget": 0},
    "resources": [],
    "drift": [],
    "unconfigured": [],
    "lost": [],
    "unknown": [],
    "provisioners": [],
    "external_data": [],
    "failed_checks": [],
    "repo": {"cost_centers": False},
    "cost": {
        "known": False,
        "before": 0.0,
        "after": 0.0,
        "delta": 0.0,
        "currency": "USD",
        "priced": 0,
        "unpriced": 0,
        "unknown": [],
        "stale": [],
    },
    "budget": {"given": False, "monthly": 0.0, "exceeded": False},
}


def _full() -> dict[str, Any]:
    document = deepcopy(_EMPTY)
    stack = document["stack"]
    stack["tags"], stack["protected"], stack["cost_center"] = ["shop"], True, "4711"
    stack["template"] |= {"deprecated": "since 2026-01-01", "successor": "web-service@2.0", "over": True}
    actions = ("create", "read", "update", "replace", "delete", "forget", "unknown")
    address = "module.service.disk.data"
    document["resources"] = [
        {"address": address, "type": "disk", "action": action, "attributes": {"size": 1}} for action in actions
    ]
    document["environment"] = {"approval": True, "accounts": ["123456789012"], "unbound": ["aws.us_east_1"]}
    document["drift"] = document["unconfigured"] = document["resources"][2:3]
    document["lost"] = document["unknown"] = [address]
    document["provisioners"] = [{"address": address, "type": "local-exec"}]
    document["external_data"] = ["module.service.data.external.host"]
    document["failed_checks"] = ["check.healthy"]
    document["counts"] = dict.fromkeys(document["counts"], 1)
    document["repo"] = {"cost_centers": True}
    document["cost"] |= {"known": True, "before": 10.0, "after": 12.5, "delta": 2.5, "priced": 3, "unpriced": 1}
    document["cost"] |= {"unknown": ["disk"], "stale": ["disk-gb (until 2026-06-30)"]}
    document["budget"] = {"given": True, "monthly": 12.0, "exceeded": True}
    return document


SAMPLES = (_EMPTY, _full())  # of a plan that does nothing, and of one that does everything


def _changing(document: dict[str, Any], *, happens: bool) -> dict[str, Any]:
    cost = {"known": True, "delta": 12.5 if happens else 0.0}
    exposes = [change["address"] for change in document["resources"][:1]]
    change = {"class": "normal", "configures": happens, "exposes": exposes, "cost": cost}
    return {**document, "change": change}


CHANGE_SAMPLES = tuple(_changing(sample, happens=bool(sample["resources"])) for sample in SAMPLES)  # for authority rows
