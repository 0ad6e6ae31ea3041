"""The built-in rules about clouds, on resources as the providers' own plans write them."""

from pathlib import Path
from typing import Any

import pytest

from infraops.assessment.policy import judge
from infraops.assessment.samples import SAMPLES
from infraops.controlrepo.documents.composed import Composed
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.governance.policies import read_policies
from tests.assessment.test_policy import TODAY

POLICIES = read_policies(Path("/nowhere"), Mistakes(), Composed())
OPEN = {"ingress[0].cidr_blocks[0]": "10.0.0.0/8", "ingress[0].cidr_blocks[1]": "0.0.0.0/0", "ingress[0].from_port": 22}


def broken(address: str, kind: str, attributes: dict[str, Any], action: str = "create") -> set[str]:
    resource = {"address": address, "type": kind, "action": action, "attributes": attributes}
    return {finding.rule for finding in judge({**SAMPLES[0], "resources": [resource]}, POLICIES, today=TODAY)}


@pytest.mark.parametrize(
    ("address", "kind", "attributes"),
    [
        ("module.service.aws_security_group.web", "aws_security_group", OPEN),
        ("aws_security_group_rule.in", "aws_security_group_rule", {"cidr_blocks[0]": "0.0.0.0/0", "type": "ingress"}),
        ("aws_vpc_security_group_ingress_rule.in", "aws_vpc_security_group_ingress_rule", {"cidr_ipv6": "::/0"}),
        ("google_compute_firewall.in", "google_compute_firewall", {"source_ranges[0]": "0.0.0.0/0"}),
        ("azurerm_network_security_rule.in", "azurerm_network_security_rule", {"source_address_prefix": "*"}),
        ("aws_db_instance.shop", "aws_db_instance", {"publicly_accessible": True, "storage_encrypted": True}),
        ("aws_instance.web[0]", "aws_instance", {"associate_public_ip_address": True}),
    ],
)
def test_only_balancers_are_open_to_the_world(address: str, kind: str, attributes: dict[str, Any]) -> None:
    assert broken(address, kind, attributes) == {"no-public-ingress"}
    assert broken(address, kind, attributes, "delete") == set()
    first, _, last = address.rpartition(".")
    for name in ("lb", "web_lb", "load_balancer", "alb[0]"):
        assert broken(f"{first}.{name}", kind, attributes) == set(), name
    assert broken(f"{first}.album", kind, attributes) == {"no-public-ingress"}, last


@pytest.mark.parametrize(
    ("kind", "attributes"),
    [
        ("aws_security_group", {"egress[0].cidr_blocks[0]": "0.0.0.0/0", "ingress[0].cidr_blocks[0]": "10.0.0.0/8"}),
        ("aws_security_group_rule", {"cidr_blocks[0]": "0.0.0.0/0", "type": "egress"}),
        ("aws_vpc_security_group_egress_rule", {"cidr_ipv4": "0.0.0.0/0"}),
        ("google_compute_firewall", {"source_ranges[0]": "10.0.0.0/8"}),
        ("aws_instance", {"associate_public_ip_address": False}),
        ("aws_route", {"destination_cidr_block": "0.0.0.0/0"}),
    ],
)
def test_what_is_not_open_passes(kind: str, attributes: dict[str, Any]) -> None:
    assert broken(f"{kind}.web", kind, attributes) == set()


@pytest.mark.parametrize(
    ("kind", "attributes", "action", "expected"),
    [
        ("aws_db_instance", {}, "create", True),
        ("aws_db_instance", {"storage_encrypted": False}, "update", True),
        ("aws_db_instance", {}, "update", False),
        ("aws_db_instance", {"storage_encrypted": True}, "create", False),
        ("aws_db_instance", {"replicate_source_db": "shop"}, "create", False),
        ("aws_instance", {"root_block_device[0].encrypted": False}, "create", True),
        ("aws_ebs_volume", {"encrypted": False}, "replace", True),
        ("aws_ebs_volume", {}, "create", False),  # the account's default decides, which only apply knows
        ("terraform_data", {"input": "x"}, "create", False),
    ],
)
def test_what_is_kept_is_encrypted(kind: str, attributes: dict[str, Any], action: str, expected: bool) -> None:
    assert broken(f"{kind}.shop", kind, attributes, action) == ({"encrypted-at-rest"} if expected else set())
