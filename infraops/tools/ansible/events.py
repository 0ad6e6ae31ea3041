"""What an Ansible run tells: the lines of our callback plugin as small facts, and the facts added up to a result."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from infraops.models.runs.results import Checked, Configured, HostRecap, TaskFailure

HIDDEN = "(sensitive)"
MESSAGE_LIMIT = 500
_UNREACHABLE = {
    "REMOTE HOST IDENTIFICATION HAS CHANGED": "its host key is not the pinned one: another machine answers at its "
    "address, or it was made anew behind infraops' back",
    "Host key verification failed": "its host key is not known: give `host_key`, or connect to it once with ssh",
}
_LAST_LINES = 8
_SHORTEST_SECRET = 4  # hiding shorter ones would hide half the text and still give them away


@dataclass(frozen=True)
class AnsibleEvent:
    """One fact of a run. `text` is short and free of secrets.

    `kind` is Ansible's: playbook, play, task, ok, changed, skipped, failed, unreachable, retry, no_hosts, stats; or
    `line` for output that is none of these, and `warning` for what Ansible writes on stderr.
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
    ended: bool = False  # Ansible came to its own recap
    _found: dict[str, dict[str, list[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    _plays: int = 0
    _begun: set[str] = field(default_factory=set)
    _matched: set[str] = field(default_factory=set)  # hosts that a play named
    _play_stops: bool = False
    _stopped: bool = False  # a failure may have kept other hosts from their tasks
    _hidden: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._hidden = _forms(self.secrets)

    def hide(self, text: str) -> str:
        """Return the text without any secret in it."""
        for secret in self._hidden:
            text = text.replace(secret, HIDDEN)
        return text

    def tells_secret(self, text: str) -> bool:
        """Whether a secret stands in the text."""
        return any(secret in text for secret in self._hidden)

    def take(self, line: str) -> AnsibleEvent | None:
        """Take in a line of stdout and return what it tells; None for an empty line."""
        record = _record(line)
        if record is None:
            return AnsibleEvent("line", self.hide(line)) if line.strip() else None
        kind, host = str(record["infraops"]), record.get("host")
        task, message = self.hide(str(record.get("task", ""))), ""
        match kind:
            case "playbook":
                self._plays = record["plays"]
            case "play":
                self._begun.add(record["play"])
                self._play_stops = record["stops"]
                self._matched.update(record["hosts"])
            case "failed" | "unreachable":
                message = self.hide(_message(record))
                if not record["ignored"]:
                    self._stopped |= self._play_stops or record["stops"]
                    self.failures.append(
                        TaskFailure(str(host), task, message, kind == "unreachable", str(record["place"]))
                    )
            case "stats":
                self.ended = True
                self.recaps = {name: _recap(counts) for name, counts in record["hosts"].items()}
        if found := record.get("found"):  # by check mode
            self._found[found][str(host)].append(task)
        return AnsibleEvent(kind, self._text(kind, record, task, message), host, task)

    @property
    def checked(self) -> Checked:
        """What check mode found."""
        return Checked(
            **{found: {host: tuple(tasks) for host, tasks in hosts.items()} for found, hosts in self._found.items()}
        )

    def no_play_matched(self, hosts: Iterable[str]) -> bool:
        """Whether no play's pattern named one of these hosts, and there were no plays left to begin.

        A play without tasks has no counts of its hosts, so that these do not tell.
        """
        return len(self._begun) >= self._plays and self._matched.isdisjoint(hosts)

    def configured(self, asked: Sequence[str], seconds: float) -> Configured:
        """Return the run's result: that of the hosts that were asked for, and of those that it came to beside them."""
        hosts = {name: self.recaps.get(name, HostRecap()) for name in asked} | self.recaps
        failures = tuple(self._final_failures(hosts))
        if failures and (self._stopped or len(self._begun) < self._plays):
            hosts = {name: replace(recap, finished=False) for name, recap in hosts.items()}
        return Configured(hosts, failures, seconds, checked=self.checked)

    def _final_failures(self, hosts: Mapping[str, HostRecap]) -> Iterable[TaskFailure]:
        """Leave out what a rescue made good: of a host, as many as its recap counts, the latest."""
        for name, recap in hosts.items():
            for unreachable, count in ((False, recap.failed), (True, recap.unreachable)):
                own = [item for item in self.failures if item.host == name and item.unreachable == unreachable]
                yield from own[max(0, len(own) - count) :]

    def _text(self, kind: str, record: Mapping[str, Any], task: str, message: str) -> str:
        match kind:
            case "playbook":
                return f"{record['plays']} play{'s' if record['plays'] != 1 else ''}"
            case "play":
                return self.hide(f"play {record['name']}")
            case "task":
                return task
            case "no_hosts":
                return "a play matches none of the hosts"
            case "stats":
                return "done"
            case _:
                state = f"{kind}, ignored" if record.get("ignored") else kind
                more = message or self.hide(str(record.get("msg", "")))
                return f"{record.get('host')}: {task}: {state}" + (f": {more}" if more else "")


def complaint(stderr: str) -> str:
    """Return what Ansible complained about on stderr: its last error, with the file and line first where it says them.

    Of anything else the last lines.
    """
    lines = [line.rstrip() for line in stderr.splitlines() if line.strip()]
    errors = [number for number, line in enumerate(lines) if line.startswith("[ERROR]: ")]
    if not errors:
        return "\n".join(lines[-_LAST_LINES:])
    last = lines[errors[-1] :][: _LAST_LINES * 2]
    problem = last[0].removeprefix("[ERROR]: ")
    origins = [line.removeprefix("Origin: ") for line in last if line.startswith("Origin: ")]
    place, rest = (f"{origins[-1]}: ", last[last.index(f"Origin: {origins[-1]}") + 1 :]) if origins else ("", last[1:])
    return "\n".join([place + problem, *rest])


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
    if record["infraops"] == "unreachable":
        return _why_unreachable(message)
    said = str(record.get("stderr") or record.get("stdout") or "").strip()
    if said and "non-zero return code" in message:
        message = f"{message}: {said.splitlines()[-1].strip()}"
    message = " ".join(message.split())
    if len(message) > MESSAGE_LIMIT:
        message = message[:MESSAGE_LIMIT] + " …"
    return f"item {record['item']}: {message}" if record.get("item") else message


def _why_unreachable(message: str) -> str:
    """Say in plain words why SSH had no way in; of anything unknown, what SSH itself says."""
    for sign, words in _UNREACHABLE.items():
        if sign in message:
            return words
    message = message.partition("can be reached over ssh: ")[2] or message
    return " ".join(message.split())[:MESSAGE_LIMIT]


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
