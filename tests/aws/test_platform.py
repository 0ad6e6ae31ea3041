"""Platform aws from the shell, with the real provider, against an emulator: from nothing to nothing again."""

import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.aws.emulator import Emulator
from tests.aws.estate import REGIONS, Estate

OF_NETWORK = {"vpc_id": "network.vpc_id", "vpc_cidr": "network.cidr", "subnet_ids": "network.private_subnet_ids"}
STAGING = REGIONS["staging"]


def _shop(estate: Estate) -> None:
    estate.blueprint("network", "network@1.0", environments="{staging: {}}")
    _storefront(estate, hosts=2)


def _storefront(estate: Estate, **parameters: Any) -> None:
    estate.blueprint(
        "storefront",
        "web-service@1.0",
        environments="{staging: {}}",
        parameters={"application": "app", **parameters},
        inputs={**OF_NETWORK, "balancer_subnet_ids": "network.public_subnet_ids"},
    )


def _instances(emulator: Emulator) -> dict[str, Any]:
    found = emulator.client("ec2", STAGING).describe_instances()["Reservations"]
    each = (instance for reservation in found for instance in reservation["Instances"])
    running = [instance for instance in each if instance["State"]["Name"] == "running"]
    return {_tags(instance["Tags"])["Name"]: instance for instance in running}


def _tags(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def _counts(document: Any, stack: str) -> dict[str, int]:
    (found,) = [each for each in document["stacks"] if each["stack"] == stack]
    return {name: number for name, number in found["plan"]["counts"].items() if number}


def _groups(emulator: Emulator, region: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = emulator.client("ec2", region).describe_security_groups()["SecurityGroups"]
    return found


def _left(emulator: Emulator, region: str) -> list[str]:
    """Name all that is there and was not before anybody came."""
    ec2, elb, rds = (emulator.client(name, region) for name in ("ec2", "elbv2", "rds"))
    iam, s3 = emulator.client("iam", region), emulator.client("s3", region)
    return [
        *(each["VpcId"] for each in ec2.describe_vpcs()["Vpcs"] if not each["IsDefault"]),
        *(name for each in _groups(emulator, region) if (name := each["GroupName"]) != "default"),
        *(each["AllocationId"] for each in ec2.describe_addresses()["Addresses"]),
        *(each["NatGatewayId"] for each in ec2.describe_nat_gateways()["NatGateways"] if each["State"] != "deleted"),
        *(each["LaunchTemplateId"] for each in ec2.describe_launch_templates()["LaunchTemplates"]),
        *(each["KeyName"] for each in ec2.describe_key_pairs()["KeyPairs"]),
        *_instances(emulator),
        *(each["LoadBalancerArn"] for each in elb.describe_load_balancers()["LoadBalancers"]),
        *(each["TargetGroupArn"] for each in elb.describe_target_groups()["TargetGroups"]),
        *(each["DBInstanceIdentifier"] for each in rds.describe_db_instances()["DBInstances"]),
        *(each["RoleName"] for each in iam.list_roles()["Roles"]),
        *(each["InstanceProfileName"] for each in iam.list_instance_profiles()["InstanceProfiles"]),
        *(each["Name"] for each in s3.list_buckets()["Buckets"]),
    ]


def test_a_web_service_is_made_changed_healed_and_destroyed(estate: Estate, emulator: Emulator) -> None:
    _shop(estate)
    ec2 = emulator.client("ec2", STAGING)

    applied = estate.run("apply", "-e", "staging", "--yes")
    assert "the hosts of an emulator are not real" in applied.err
    assert "try: curl" not in applied.out + applied.err
    assert "1 of 1 checks passed; 1 left out, as nothing real answers behind an emulator" in applied.err
    hosts = _instances(emulator)
    assert sorted(hosts) == ["staging-storefront-app-01", "staging-storefront-app-02"]
    first = hosts["staging-storefront-app-01"]
    said = {"owner": "team-shop", "cost_center": "CC-7", "blueprint": "storefront", "environment": "staging"}
    assert said.items() <= _tags(first["Tags"]).items()
    assert first["MetadataOptions"]["HttpTokens"] == "required"
    assert first.get("PublicIpAddress") is None
    zones = {host["Placement"]["AvailabilityZone"] for host in hosts.values()}
    assert len(zones) == 2
    groups = _groups(emulator, STAGING)
    open_ones = [
        group["GroupName"]
        for group in groups
        if group["GroupName"] != "default"
        for rule in group["IpPermissions"]
        if any(each["CidrIp"] == "0.0.0.0/0" for each in rule["IpRanges"])
    ]
    assert all(name.startswith("staging-storefront-lb-") for name in open_ones)
    assert open_ones

    assert "up to date" in estate.run("apply", "-e", "staging", "--yes").out  # by evidence, asking nobody
    again = estate.run("plan", "-e", "staging", "--refresh", "--detailed-exitcode").out
    assert "Plan: no changes" in again
    assert "changed outside infraops" not in again  # what AWS notes by itself is no drift

    _storefront(estate, hosts=3)
    grown = estate.run("apply", "-e", "staging", "--yes", "--json").json
    assert _counts(grown, "staging/storefront") == {"create": 2}  # the host, and its place behind the balancer
    assert _instances(emulator).keys() - hosts.keys() == {"staging-storefront-app-03"}

    (group,) = [each for each in groups if each["GroupName"].startswith("staging-storefront-host-")]
    world = [{"CidrIp": "0.0.0.0/0"}]
    opened = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": world}
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[opened])
    ec2.terminate_instances(InstanceIds=[first["InstanceId"]])
    drifted = estate.run("drift", "-e", "staging", "--detailed-exitcode", code=2).out
    assert re.search(r"aws_security_group\.host: .*0\.0\.0\.0/0", drifted.replace("\n", ""))
    assert 'aws_instance.app["app-01"]: is gone' in drifted
    estate.run("apply", "-e", "staging", "--yes")
    (healed,) = ec2.describe_security_groups(GroupIds=[group["GroupId"]])["SecurityGroups"]
    assert "0.0.0.0/0" not in str(healed["IpPermissions"])
    anew = _instances(emulator)
    assert anew["staging-storefront-app-01"]["InstanceId"] != first["InstanceId"]
    assert anew["staging-storefront-app-02"]["InstanceId"] == hosts["staging-storefront-app-02"]["InstanceId"]

    image = next(each["ImageId"] for each in ec2.describe_images()["Images"] if each["Name"].startswith("amzn2-"))
    _storefront(estate, hosts=3, image=image)
    replaced = estate.run("apply", "-e", "staging", "--yes", "--json").json
    assert _counts(replaced, "staging/storefront")["replace"] >= 3
    assert {host["ImageId"] for host in _instances(emulator).values()} == {image}

    estate.run("destroy", "-e", "staging", "--yes")
    assert _left(emulator, STAGING) == []


def test_data_is_kept_private_encrypted_and_safe_from_a_hasty_destroy(estate: Estate, emulator: Emulator) -> None:
    estate.blueprint("network", "network@1.0", environments="{staging: {}}", parameters={"nat": "none"})
    keys: dict[str, Any] = {
        "parameters": {"database": "shop", "user": "shop", "password": "generated:shop"},
        "inputs": OF_NETWORK,
    }
    estate.blueprint("shop-db", "database@1.0", environments="{staging: {}}", **keys)
    estate.blueprint("uploads", "object-storage@1.0", environments="{staging: {}}")
    applied = estate.run("apply", "-e", "staging", "--yes", "--parallelism", "3")
    assert "platform aws configures it by itself" in applied.err
    password = (next((estate.home / ".local/state/infraops").rglob("generated/shop"), Path("/dev/null"))).read_text()

    (server,) = emulator.client("rds", STAGING).describe_db_instances()["DBInstances"]
    assert server["StorageEncrypted"]
    assert not server["PubliclyAccessible"]
    assert server["BackupRetentionPeriod"] == 7
    assert server["DeletionProtection"]
    s3 = emulator.client("s3", STAGING)
    (bucket,) = [each["Name"] for each in s3.list_buckets()["Buckets"]]
    assert bucket.startswith("staging-uploads-")
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert '"aws:SecureTransport"' in s3.get_bucket_policy(Bucket=bucket)["Policy"]
    looked = estate.run("plan", "-e", "staging", "--refresh").out
    assert "Plan: no changes; 2 resources changed outside where nothing configures them." in looked, (
        "as AWS notes by itself"
    )

    refused = estate.run("destroy", "-e", "staging", "--yes", code=4)
    assert "2 of its stacks may not be destroyed, so nothing was" in refused.err and "holds data" in refused.err
    assert "staging/shop-db: " in refused.err and "staging/uploads: " in refused.err
    keys["parameters"]["deletion_protection"] = False
    estate.blueprint("shop-db", "database@1.0", environments="{staging: {}}", allow_destroy=True, **keys)
    estate.blueprint("uploads", "object-storage@1.0", environments="{staging: {}}", allow_destroy=True)
    estate.run("apply", "-e", "staging", "--yes")
    estate.run("destroy", "-e", "staging", "--yes", "--parallelism", "3")
    assert _left(emulator, STAGING) == []
    (kept,) = emulator.client("rds", STAGING).describe_db_snapshots()["DBSnapshots"]
    assert kept["DBSnapshotIdentifier"] == "staging-shop-db-final"  # on purpose
    if password:
        rendered = [path for path in (estate.root / ".infraops").rglob("*") if path.is_file()]
        assert not [path for path in rendered if password.encode() in path.read_bytes()]


def test_environments_stand_in_regions_of_their_own(estate: Estate, emulator: Emulator) -> None:
    estate.blueprint("network", "network@1.0", environments="{staging: {nat: none}, production: {nat: per-zone}}")
    for name in REGIONS:
        estate.run("apply", "-e", name, "--yes")
    zones = {
        region: {each["AvailabilityZone"] for each in _own_subnets(emulator, region)} for region in REGIONS.values()
    }
    assert all(len(found) == 2 for found in zones.values())
    assert all(zone.startswith(region) for region, found in zones.items() for zone in found)
    gateways = emulator.client("ec2", "us-east-1").describe_nat_gateways()["NatGateways"]
    assert len(gateways) == 2
    assert not emulator.client("ec2", STAGING).describe_nat_gateways()["NatGateways"]

    estate.run("destroy", "-e", "staging", "--yes")
    assert not _own_subnets(emulator, STAGING)
    assert len(_own_subnets(emulator, "us-east-1")) == 4


def _own_subnets(emulator: Emulator, region: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = emulator.client("ec2", region).describe_subnets()["Subnets"]
    return [each for each in found if not each["DefaultForAz"]]


@pytest.fixture
def asked(estate: Estate, tmp_path: Path) -> Path:
    """Let the estate's Terraform be a program that notes what it is asked, and does it."""
    noted, program = tmp_path / "asked.txt", tmp_path / "terraform"
    embedded = f"{shlex.quote(sys.executable)} -P -m infraops.tools.terraform.program.embedded"
    program.write_text(f'#!/bin/sh\necho "$1" >> {shlex.quote(str(noted))}\nexec {embedded} "$@"\n')
    program.chmod(0o755)
    estate.write("infraops.yaml", f"schema: infraops/v1\nterraform: {{program: {program}}}\n")
    return noted


def test_a_stack_costs_one_init_one_plan_one_show_and_one_apply(estate: Estate, asked: Path) -> None:
    def since(*words: str) -> list[str]:
        asked.write_text("")
        estate.run(*words)
        return [word for word in asked.read_text().split() if word not in ("version", "-version")]

    estate.blueprint("network", "network@1.0", environments="{staging: {nat: none}}")
    assert since("apply", "-e", "staging", "--yes") == ["init", "plan", "show", "apply"]
    assert since("apply", "-e", "staging", "--yes") == []
    estate.blueprint("network", "network@1.0", environments="{staging: {nat: none, zones: 3}}")
    assert since("plan", "-e", "staging") == ["plan", "show"]
    assert since("apply", "-e", "staging", "--yes") == ["plan", "show", "apply"]
    assert since("plan", "-e", "staging", "--refresh") == ["plan"]
