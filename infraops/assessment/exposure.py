"""What in a plan opens or closes ways in, from the network or by rights: by types and attributes that do. Pure."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from re import split

from infraops.models.plans.plan import Action, AttributeChange, PlanModel, ResourceChange

ENDPOINTS = "endpoints"  # the contract's output: where a stack answers

# Types of resources that do nothing else; * stands for any text, so that other clouds' are found as well.
# docs/change.md lists them, and a test holds it to that.
TYPES = {
    "firewalls": (
        "*firewall*",
        "*security_group*",
        "*secgroup*",
        "*security_rule*",
        "*security_policy*",
        "*network_acl*",
        "*network_policy*",
        "*_waf*",
    ),
    "listeners and gateways": (
        "*listener*",
        "*_lb",
        "*_alb",
        "*_elb",
        "*_lb_rule",
        "*_lb_nat_*",
        "*loadbalancer",
        "*load_balancer",
        "*load_balancer_service",
        "*forwarding_rule*",
        "*gateway*",
        "*ingress*",
        "*front_door*",
        "*frontdoor*",
        "*cloudfront*",
        "*_cdn_*",
        "*function_url*",
        "kubernetes_service*",
    ),
    "addresses and routes": (
        "*public_ip*",
        "*floating_ip*",
        "*floatingip*",
        "*reserved_ip*",
        "*primary_ip*",
        "*_eip*",
        "google_compute_*address",
        "*_route",
        "*route_table*",
        "*peering*",
        "*_vpn_*",
    ),
    "rights": (
        "*_iam_*",
        "*_role",
        "*_role_*",
        "*permission*",
        "*service_account*",
        "*_grant*",
        "*access_policy*",
        "*access_control*",
        "*access_block*",
        "*bucket_policy*",
        "*bucket_website*",
        "*_acl",
        "*key_policy",
        "*queue_policy",
        "*topic_policy",
        "*secret_policy",
        "*repository_policy",
        "*resource_policy",
    ),
}
# Attributes of any type: they do where their new value is not one of CLOSED, or is not told.
ATTRIBUTES = (
    "access_config",
    "acl",
    "assign_public_ip",
    "associate_public_ip_address",
    "authorized_networks",
    "cidr_blocks",
    "endpoint_public_access",
    "ingress",
    "ip_rules",
    "ipv6_cidr_blocks",
    "map_public_ip_on_launch",
    "policy",
    "public_access_cidrs",
    "public_network_access_enabled",
    "publicly_accessible",
    "source_ranges",
)
CLOSED = (None, False, "", "private", "false")
# Attributes by which a resource that exists comes under other rules; with a new one, it is the rules that count.
MEMBERSHIPS = (
    "firewall_ids",
    "iam_instance_profile",
    "security_group_ids",
    "security_groups",
    "vpc_security_group_ids",
)


def exposures(plan: PlanModel) -> list[str]:
    """Return the addresses of what opens or closes ways in, and `output endpoints` where that would change."""
    found = [change.address for change in plan.changes if _exposes(change)]
    return [*found, f"output {ENDPOINTS}"] if ENDPOINTS in plan.changed_outputs else found


def _exposes(change: ResourceChange) -> bool:
    if change.action in (Action.NO_OP, Action.READ):
        return bool(change.importing) and _is_way_in(change.type)
    return _is_way_in(change.type) or any(_opens(each, change.action) for each in change.attributes)


def _is_way_in(kind: str) -> bool:
    return any(fnmatchcase(kind, pattern) for pattern in _patterns())


def _patterns() -> Iterable[str]:
    return (pattern for patterns in TYPES.values() for pattern in patterns)


def _opens(attribute: AttributeChange, action: Action) -> bool:
    steps = set(split(r"[.\[\]\"]+", attribute.path))
    if action is not Action.CREATE and steps.intersection(MEMBERSHIPS):
        return True
    if not steps.intersection(ATTRIBUTES):
        return False
    return attribute.sensitive or attribute.unknown_after or attribute.after not in CLOSED or bool(attribute.before)
