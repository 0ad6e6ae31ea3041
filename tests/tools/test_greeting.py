"""How a host's own words for ssh are read, and what is said where a way to it is not there."""

import os
import threading
import time
from pathlib import Path

import pytest

from infraops.errors import InfraOpsError, Interrupted
from infraops.models.plans.contract import Host
from infraops.processes import Children
from infraops.tools.greeting import goes_by_aws, greet, login_argv, own_words, way_to


def host(words: str) -> Host:
    return Host("web-01", "10.0.0.10", vars={"ansible_ssh_common_args": words})


@pytest.mark.parametrize(
    ("words", "way"),
    [
        ("-o ProxyJump=ops@gate:2222", "ops@gate:2222"),
        ("-oProxyJump=gate", "gate"),
        ("-J gate", "gate"),
        ("-Jgate", "gate"),
        ("-o 'proxyjump gate'", "gate"),
        ("-o ProxyCommand='aws ssm start-session --target %h'", "aws"),
        ("-o \"ProxyCommand=exec '/opt/my tools/connect' %h\"", "/opt/my tools/connect"),
        ("-o ProxyCommand='AWS_PROFILE=shop aws ssm start-session --target %h'", "aws"),
        ("-o ServerAliveInterval=5", None),
        ("", None),
    ],
)
def test_the_way_to_a_host_is_read_from_its_words(words: str, way: str | None) -> None:
    assert way_to(host(words)) == way


@pytest.mark.parametrize(
    ("words", "by_aws"),
    [
        ("-o ProxyCommand='aws ssm start-session --target %h'", True),
        ("-o ProxyCommand='AWS_PROFILE=shop /opt/aws ssm start-session --target %h'", True),
        ("-o 'ProxyCommand=sh -c \"aws ssm start-session --target %h\"'", True),
        ("-o ProxyCommand='connect --by laws %h'", False),
        ("-o ProxyJump=aws", False),
        ("", False),
    ],
)
def test_who_goes_by_the_aws_cli_is_handed_the_caller_s_profile(words: str, by_aws: bool) -> None:
    assert goes_by_aws(host(words)) == by_aws


def test_words_are_taken_apart_as_a_shell_does() -> None:
    assert own_words(host("-o ProxyCommand='connect \"%h\" %p' -4")) == ["-o", 'ProxyCommand=connect "%h" %p', "-4"]
    argv = login_argv(host("-o ProxyJump=gate"), {"ControlPath": "none"})
    assert argv == ["ssh", "-p", "22", "-o", "ControlPath=none", "-o", "ProxyJump=gate", "root@10.0.0.10"]
    with pytest.raises(InfraOpsError, match="reading the SSH options of web-01"):
        own_words(host("-o ProxyCommand='connect"))


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ((), "aws and session-manager-plugin are not on PATH; SSH by SSM needs the AWS CLI and its"),
        (("aws",), "session-manager-plugin is not on PATH; SSH by SSM needs the AWS CLI and its"),
    ],
)
def test_programs_that_are_not_there_are_named_at_once(tmp_path: Path, there: tuple[str, ...], said: str) -> None:
    for name in there:
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    (met,) = greet(
        [host("-o ProxyCommand='aws ssm start-session --target %h'")],
        seconds=3600,
        environ={"PATH": str(tmp_path)},
        children=Children(),
        unpinned=lambda host: "",
    )
    assert met.reason is not None
    assert met.reason.startswith(said)


def test_an_interrupt_ends_the_waiting(tmp_path: Path) -> None:
    children, begun = Children(), tmp_path / "begun"

    def interrupt() -> None:
        while not begun.exists():
            time.sleep(0.05)
        children.interrupt()

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(Interrupted):
        greet(
            [host(f"-o ProxyCommand='touch {begun}; sleep 300'")],
            seconds=3600,
            environ={"PATH": os.environ["PATH"]},
            children=children,
            unpinned=lambda host: "",
        )
