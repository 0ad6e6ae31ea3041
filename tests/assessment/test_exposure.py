"""What opens or closes ways in is found in plans, and what merely grows behind them is not."""

import pytest

from infraops.assessment.exposure import exposures
from infraops.models.plans.plan import Action, AttributeChange, PlanModel, ResourceChange


def plan(kind: str, action: Action, *attributes: AttributeChange, importing: str = "") -> PlanModel:
    return PlanModel((ResourceChange(f"{kind}.a", kind, action, attributes=attributes, importing=importing),))


@pytest.mark.parametrize(
    "kind",
    [
        "aws_security_group",
        "aws_vpc_security_group_ingress_rule",
        "aws_default_network_acl",
        "aws_lb_listener",
        "aws_alb_listener_rule",
        "aws_lb",
        "aws_eip",
        "aws_eip_association",
        "aws_internet_gateway",
        "aws_route",
        "aws_s3_bucket_policy",
        "aws_s3_bucket_acl",
        "aws_s3_bucket_public_access_block",
        "aws_iam_role",
        "aws_iam_role_policy_attachment",
        "aws_sqs_queue_policy",
        "aws_lambda_permission",
        "aws_kms_grant",
        "aws_wafv2_web_acl",
        "azurerm_network_security_rule",
        "azurerm_public_ip",
        "azurerm_role_assignment",
        "azurerm_mssql_firewall_rule",
        "azurerm_lb_rule",
        "google_compute_firewall",
        "google_compute_global_forwarding_rule",
        "google_compute_address",
        "google_project_iam_member",
        "google_storage_bucket_acl",
        "openstack_networking_secgroup_rule_v2",
        "openstack_networking_floatingip_v2",
        "hcloud_firewall",
        "hcloud_load_balancer_service",
        "kubernetes_ingress_v1",
        "kubernetes_network_policy",
        "kubernetes_service_v1",
    ],
)
@pytest.mark.parametrize("action", [Action.CREATE, Action.UPDATE, Action.DELETE, Action.UNKNOWN])
def test_types_that_do_nothing_but_open_and_close(kind: str, action: Action) -> None:
    assert exposures(plan(kind, action)) == [f"{kind}.a"]
    assert exposures(plan(kind, Action.NO_OP)) == []
    assert exposures(plan(kind, Action.READ)) == []
    assert exposures(plan(kind, Action.NO_OP, importing="sg-1")) == [f"{kind}.a"]


@pytest.mark.parametrize(
    "kind",
    ["aws_instance", "aws_lb_target_group_attachment", "hcloud_load_balancer_target", "terraform_data", "lab_host", ""],
)
def test_types_that_grow_behind_a_way_in(kind: str) -> None:
    assert exposures(plan(kind, Action.CREATE, AttributeChange("size", after="large"))) == []


@pytest.mark.parametrize(
    ("attribute", "action", "exposed"),
    [
        (AttributeChange("publicly_accessible", after=True), Action.CREATE, True),
        (AttributeChange("publicly_accessible", after=False), Action.CREATE, False),
        (AttributeChange("publicly_accessible", before=True, after=False), Action.UPDATE, True),
        (AttributeChange("publicly_accessible", unknown_after=True), Action.CREATE, True),
        (AttributeChange("acl", after="private"), Action.CREATE, False),
        (AttributeChange("acl", after="public-read"), Action.CREATE, True),
        (AttributeChange("policy", sensitive=True), Action.UPDATE, True),
        (AttributeChange("ingress[0].cidr_blocks[0]", after="0.0.0.0/0"), Action.UPDATE, True),
        (AttributeChange('settings[0].ip_configuration[0]["authorized_networks"]', after="x"), Action.UPDATE, True),
        (AttributeChange("vpc_security_group_ids[0]", unknown_after=True), Action.CREATE, False),
        (AttributeChange("vpc_security_group_ids[0]", before="sg-1", after="sg-2"), Action.UPDATE, True),
        (AttributeChange("policy_name", after="x"), Action.UPDATE, False),
    ],
)
def test_attributes_that_open_and_close(attribute: AttributeChange, action: Action, exposed: bool) -> None:
    assert bool(exposures(plan("some_thing", action, attribute))) is exposed


def test_endpoints_that_change_are_a_way_in() -> None:
    assert exposures(PlanModel(changed_outputs=("hosts", "endpoints"))) == ["output endpoints"]
    assert exposures(PlanModel(changed_outputs=("hosts",))) == []
