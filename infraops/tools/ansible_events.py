"""What an Ansible run tells: the lines of our callback plugin as small facts, and the facts added up to a result."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from infraops.models.results import Configured, HostRecap, TaskFailure

HIDDEN = "(sensitive)"
MESSAGE_LIMIT = 500
_SHORTEST_SECRET = 4  # hiding shorter ones would hide half the text and still give them away


@dataclass(frozen=True)
class AnsibleEvent:
    """One fact of a run. `text` is short and free of secrets.

    `kind` is Ansible's: play, task, ok, changed, skipped, failed, unreachable, retry, no_hosts, stats; or `line` for
    output that is none of these.
    """

    kind: str
    text: str
    host: str | None = None
    task: str = ""


OnEvent = Callable[[AnsibleEvent], None]


@dataclass
class Tally:
    """Adds up the lines of one run. Not shared between threads."""

    secrets: Iterable[str] = ()
    failures: list[TaskFailure] = field(default_factory=list)
    recaps: dict[str, HostRecap] = field(default_factory=dict)
    plays_without_hosts: int = 0
    ended: bool = False  # Ansible came to its own recap
    _hidden: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._hidden = _forms(self.secrets)

    def hide(self, text: str) -> str:
        """Return the text without any secret in it."""
        for secret in self._hidden:
            text = text.replace(secret, HIDDEN)
        return text

    def take(self, line: str) -> AnsibleEvent | None:
        """Take in a line of stdout and return what it tells; None for an empty line."""
        record = _record(line)
        if record is None:
            return AnsibleEvent("line", self.hide(line)) if line.strip() else None
        kind, host = str(record["infraops"]), record.get("host")
        task = self.hide(str(record.get("task", "")))
        message = ""
        if kind in ("failed", "unreachable"):
            message = self.hide(_message(record))
            if not record.get("ignored"):
                self.failures.append(TaskFailure(str(host), task, message, kind == "unreachable"))
        elif kind == "no_hosts":
            self.plays_without_hosts += 1
        elif kind == "stats":
            self.ended = True
            self.recaps = {name: _recap(counts) for name, counts in record["hosts"].items()}
        return AnsibleEvent(kind, self._text(kind, record, task, message), host, task)

    def configured(self, asked: Sequence[str], seconds: float) -> Configured:
        """Return the run's result for the hosts that were asked for."""
        hosts = {name: self.recaps.get(name, HostRecap()) for name in asked} | self.recaps
        return Configured(hosts, tuple(self._final_failures(hosts)), seconds)

    def _final_failures(self, hosts: Mapping[str, HostRecap]) -> Iterable[TaskFailure]:
        """Leave out what a rescue made good: of a host, as many as its recap counts, the latest."""
        for name, recap in hosts.items():
            for unreachable, count in ((False, recap.failed), (True, recap.unreachable)):
                own = [item for item in self.failures if item.host == name and item.unreachable == unreachable]
                yield from own[len(own) - count :] if count <= len(own) else own

    def _text(self, kind: str, record: Mapping[str, Any], task: str, message: str) -> str:
        match kind:
            case "play":
                return self.hide(f"play {record.get('name', '')}")
            case "task":
                return task
            case "no_hosts":
                return "a play matches none of the hosts"
            case "stats":
                return "done"
            case _:
                state = "failed, ignored" if record.get("ignored") else kind
                return f"{record.get('host')}: {task}: {state}" + (f": {message}" if message else "")


def _record(line: str) -> dict[str, Any] | None:
    if not line.startswith('{"infraops":'):
        return None
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _message(record: Mapping[str, Any]) -> str:
    """Say why in few words: a command's last line of stderr tells more than "non-zero return code"."""
    message = str(record.get("msg") or record.get("censored") or "no reason given").strip()
    said = str(record.get("stderr") or record.get("stdout") or "").strip()
    if said and "non-zero return code" in message:
        message = f"{message}: {said.splitlines()[-1].strip()}"
    message = " ".join(message.split())
    if len(message) > MESSAGE_LIMIT:
        message = message[:MESSAGE_LIMIT] + " …"
    return f"item {record['item']}: {message}" if record.get("item") else message


def _recap(counts: Mapping[str, int]) -> HostRecap:
    return HostRecap(
        ok=counts.get("ok", 0),
        changed=counts.get("changed", 0),
        failed=counts.get("failures", 0),
        unreachable=counts.get("unreachable", 0),
        skipped=counts.get("skipped", 0),
    )


def _forms(secrets: Iterable[str]) -> tuple[str, ...]:
    """Return the ways a secret may stand in a text, the longest first: as it is, in JSON, in Python, line by line."""
    forms: set[str] = set()
    for secret in secrets:
        forms |= {secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], *(line.strip() for line in secret.splitlines())}
    return tuple(sorted((form for form in forms if len(form) >= _SHORTEST_SECRET), key=len, reverse=True))
