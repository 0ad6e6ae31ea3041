"""The callback plugin of our Ansible runs: one JSON line on stdout for each event, and nothing else.

It is loaded by ansible-playbook by its file name, so it imports nothing of infraops. What Ansible hides with `no_log`
is hidden in these results already.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from ansible import context
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
    name: infraops_events
    type: stdout
    short_description: one JSON line for each event
    description:
        - Writes what infraops needs to know of a run as JSON lines.
"""

TEXT_LIMIT = 4000


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Writes `{"infraops": kind, …}` lines; `infraops/tools/ansible/events.py` reads them."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "infraops_events"

    def _tell(self, kind: str, **fields: Any) -> None:
        sys.stdout.write(json.dumps({"infraops": kind, **fields}, default=str) + "\n")
        sys.stdout.flush()

    def _tell_result(self, kind: str, result: Any, **fields: Any) -> None:
        if context.CLIARGS.get("check") and (found := _found_by_checking(kind, result)):
            fields["found"] = found
        self._tell(kind, host=result.host.get_name(), task=result.task.get_name(), **fields)

    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Tell how many plays there are."""
        self._tell("playbook", plays=len(playbook.get_plays()))

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Tell that a play begins (once for each batch of it), on which hosts, and whether one's failure may end it."""
        stops = bool(play.serial) or play.max_fail_percentage is not None
        hosts = [host.get_name() for host in play.get_variable_manager()._inventory.get_hosts(play.hosts)]
        self._tell("play", name=play.get_name(), play=play._uuid, stops=stops, hosts=hosts)

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """Tell that a task begins on the hosts of its play."""
        self._tell("task", task=task.get_name(), place=_place(task))

    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        """Tell that a handler begins."""
        self.v2_playbook_on_task_start(task, False)

    def v2_playbook_on_no_hosts_matched(self) -> None:
        """Tell that a play's pattern names no host of the inventory."""
        self._tell("no_hosts")

    def v2_runner_on_ok(self, result: Any) -> None:
        """Tell that a task succeeded on a host."""
        said = result.result.get("msg") if result.result.get("_ansible_verbose_always") else None
        self._tell_result("changed" if result.is_changed() else "ok", result, **({"msg": _text(said)} if said else {}))

    def v2_runner_on_skipped(self, result: Any) -> None:
        """Tell that a task was left out on a host."""
        self._tell_result("skipped", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Tell that a task failed on a host, and why."""
        self._tell_result("failed", result, ignored=bool(ignore_errors), **_reasons(result))

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Tell that a host could not be reached, and why."""
        ignored = bool(result.task_fields.get("ignore_unreachable"))
        self._tell_result("unreachable", result, ignored=ignored, **_reasons(result))

    def v2_runner_retry(self, result: Any) -> None:
        """Tell that a task with `until` is tried again."""
        self._tell_result("retry", result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Tell that the playbook has ended, with the counts of every host that took part."""
        self._tell("stats", hosts={host: stats.summarize(host) for host in sorted(stats.processed)})


def _found_by_checking(kind: str, result: Any) -> str:
    """Say what check mode found of a task on a host; nothing where it would change nothing, or failed."""
    if kind not in ("ok", "changed", "skipped"):
        return ""
    if result.task.check_mode is False and kind != "skipped":
        return "escapes"
    whole = result.result
    items = [item for item in whole.get("results") or () if isinstance(item, dict) and item.get("skipped")]
    # A task whose condition does not hold has a reason; one that check mode left out has none.
    if any("skip_reason" not in item for item in items or ([whole] if kind == "skipped" else [])):
        return "unpredictable"
    return "changes" if kind == "changed" else ""


def _reasons(result: Any) -> dict[str, Any]:
    """Pick what says why a task failed (of a loop, the first item that did), where, and whether it ends the play."""
    task, whole = result.task, result.result
    items = [item for item in whole.get("results") or () if isinstance(item, dict) and item.get("failed")]
    source = items[0] if items else whole
    picked = {key: _text(source[key]) for key in ("msg", "stderr", "stdout", "censored") if source.get(key)}
    if items:
        picked["item"] = _text(source.get("_ansible_item_label", source.get("item", "")))[:200]
    return {**picked, "place": _place(task), "stops": bool(task.any_errors_fatal or task.run_once)}


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text[-TEXT_LIMIT:]


def _place(task: Any) -> str:
    return str(task.get_path() or "")
