"""Stands in for Terraform: two resources a stack, a state and its lock, plans that go stale, and the fates it meets.

It lies in a directory of its own beside `fates/`, where a file `<stack>.<command>` names what is to befall the command
(once), and `calls`, where each command notes itself. What is there in reality is
what the states say, which are written whole and under a lock: no kill comes between a resource and its record. The same
file serves as the command of a check. It knows the standard library alone, as it is started some thousand times.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

HERE = os.path.dirname(os.path.realpath(__file__))
SLOW = 0.25  # seconds that a command goes on for after its parent was killed, unless the fate says how long
ASKED_TO_STOP: list[int] = []


def main(argv: list[str]) -> int:
    if argv[0] == "version":
        print('{"terraform_version": "1.9.0"}')
        return 0
    stack = os.path.basename(sys.argv[0] if argv[0] == "check" else os.getcwd())
    command = argv[0]
    note(f"{stack} {command} {os.getppid()}")
    signal.signal(signal.SIGINT, lambda *_: ASKED_TO_STOP.append(1))
    fate = meet(stack, command)
    if command == "apply":
        return apply(argv[-1], fate)
    if (code := befall(fate)) is not None:
        return code
    if command == "check":
        return 0
    return {"init": init, "plan": plan, "show": show, "output": output}[command](argv)


def note(line: str) -> None:
    file = os.open(os.path.join(HERE, "calls"), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{line}\n".encode())
    os.close(file)


def meet(stack: str, command: str) -> str:
    path = os.path.join(HERE, "fates", f"{stack}.{command}")
    try:
        with open(path) as file:
            fate = file.read()
        os.unlink(path)
    except OSError:
        return ""
    return fate


def befall(fate: str) -> int | None:
    """Do what befalls this command; returns the exit code with which it ends, None where it goes on."""
    parent = os.getppid()
    if fate == "fails":
        return complain("it fails on purpose")
    if fate == "talks nonsense":
        print('{"resource_changes": [{}], "output_changes": {}}')
        return 0
    if fate == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if fate.startswith("infraops is killed"):
        os.kill(parent, signal.SIGKILL)
        go_on(fate)
    if fate == "all are killed":
        kill_all(parent)
    if fate == "Ctrl-C":
        os.kill(parent, signal.SIGINT)
        return heard()
    if fate == "Ctrl-C twice":
        os.kill(parent, signal.SIGINT)
        heard()
        os.kill(parent, signal.SIGINT)
        time.sleep(60)
    return None


def go_on(fate: str) -> None:
    """Be at work for a moment more, or until there is the file that the fate names."""
    time.sleep(float(fate.partition(" for ")[2] or SLOW))
    file = fate.partition(" until ")[2]
    end = time.monotonic() + 300
    while file and not os.path.exists(os.path.join(HERE, file)) and time.monotonic() < end:
        time.sleep(0.01)


def heard() -> int:
    """Wait until infraops passes the interrupt on."""
    until = time.monotonic() + 60
    while not ASKED_TO_STOP and time.monotonic() < until:
        time.sleep(0.002)
    return complain("interrupted")


def kill_all(parent: int) -> None:
    os.kill(parent, signal.SIGSTOP)  # so that it starts nothing more
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            try:
                with open(f"/proc/{name}/stat") as file:
                    if int(file.read().rpartition(")")[2].split()[1]) == parent:
                        os.kill(int(name), signal.SIGKILL)
            except OSError:
                continue
    os.kill(parent, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def complain(summary: str) -> int:
    print(json.dumps({"type": "diagnostic", "diagnostic": {"severity": "error", "summary": summary}}))
    print(summary, file=sys.stderr)
    return 1


# Its backend, which is a file


def init(argv: list[str]) -> int:
    (path,) = [each.partition("path=")[2] for each in argv if "path=" in each]
    os.makedirs(".terraform", exist_ok=True)
    save(".terraform/backend", path)
    return 0


def backend() -> str:
    with open(".terraform/backend") as file:
        return str(json.load(file))


def load(path: str) -> dict[str, Any]:
    try:
        with open(path) as file:
            return dict(json.load(file))
    except FileNotFoundError:
        return {}


def save(path: str, document: Any) -> None:
    part = f"{path}.{os.getpid()}"
    with open(part, "w") as file:
        json.dump(document, file)
    os.replace(part, path)


def locked(path: str) -> IO[str] | None:
    """Take the lock of a state, which goes with the process that holds it; None where another has it."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    lock = open(f"{path}.lock", "a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        note(f"conflict {path}")
        return None
    return lock


# Its commands


def wanted() -> dict[str, str]:
    values = {**load("terraform.tfvars.json"), **load("inputs.auto.tfvars.json")}
    return {"first": values.get("value", ""), "second": values.get("follows", "")}


def outputs_of(resources: dict[str, Any], stack: str) -> dict[str, Any]:
    if len(resources) < 2:
        return {}
    values = {
        "id": ".".join(resources[name]["id"] for name in sorted(resources)),
        "hosts": {},
        "endpoints": {"main": f"http://{stack}"},
    }
    return {name: {"value": value, "type": "dynamic", "sensitive": False} for name, value in values.items()}


def plan(argv: list[str]) -> int:
    path = backend()
    lock = locked(path)
    if lock is None:
        return complain("Error acquiring the state lock")
    state = load(path)
    there = state.get("fake", {})
    target = {} if "-destroy" in argv else wanted()
    changes = []
    for name in sorted({*there, *target}):
        if name not in there:
            changes.append([name, ["create"], target[name]])
        elif name not in target:
            changes.append([name, ["delete"], None])
        elif there[name]["value"] != target[name]:
            changes.append([name, ["delete", "create"], target[name]])
    (out,) = [each.partition("=")[2] for each in argv if each.startswith("-out")]
    old = outputs_of(there, os.path.basename(os.getcwd()))
    save(out, {"serial": state.get("serial", 0), "changes": changes, "old": old, "destroy": "-destroy" in argv})
    for name, actions, _ in changes:
        print(json.dumps({"type": "planned_change", "change": {"resource": {"addr": name}, "action": actions[0]}}))
    return 2 if changes else 0


def show(argv: list[str]) -> int:
    planned = load(argv[-1])
    changes = [
        {"address": f"fake.{name}", "type": "fake", "change": {"actions": actions, "before": {}, "after": {}}}
        for name, actions, _ in planned["changes"]
    ]
    if planned["destroy"]:
        outputs: dict[str, Any] = {name: {"actions": ["delete"]} for name in planned["old"]}
    elif not planned["changes"]:
        outputs = {name: {"actions": ["no-op"], "after": each["value"]} for name, each in planned["old"].items()}
    else:
        outputs = {"id": {"actions": ["update"], "after_unknown": True}}
    print(json.dumps({"format_version": "1.2", "resource_changes": changes, "output_changes": outputs}))
    return 0


def output(argv: list[str]) -> int:
    print(json.dumps(load(backend()).get("outputs", {})))
    return 0


def apply(file: str, fate: str) -> int:
    path = backend()
    lock = locked(path)
    if lock is None:
        return complain("Error acquiring the state lock")
    planned, state = load(file), load(path)
    stack = os.path.basename(os.getcwd())
    if state.get("serial", 0) != planned["serial"]:
        note(f"stale {stack}")
        return complain("Saved plan is stale")
    there = state.get("fake", {})
    when, _, what = fate.partition(": ")
    if when == "first" and (code := befall(what)) is not None:
        return code
    for name, actions, value in planned["changes"]:
        made = state.get("made", 0) + 1
        there.pop(name, None)
        if "create" in actions:
            there[name] = {"id": f"{stack}-{made}", "value": value}
        state = {
            "version": 4,
            "serial": state.get("serial", 0) + 1,
            "made": made,
            "fake": there,
            "resources": [{"mode": "managed", "type": "fake", "name": each, "instances": [{}]} for each in there],
            "outputs": outputs_of(there, stack),
        }
        save(path, state)
        if when == "between" and (code := befall(what)) is not None:
            return code
        when = "" if when == "between" else when
        if ASKED_TO_STOP:
            return complain("interrupted")
    if when == "last" and (code := befall(what)) is not None:
        return code
    print(json.dumps({"type": "outputs", "outputs": state.get("outputs", {})}))
    return 0


sys.exit(main(sys.argv[1:]))
