"""Asking a service from outside whether it serves: HTTP, TCP and command checks, side by side, each with a deadline."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from infraops import processes
from infraops.errors import Interrupted
from infraops.models.basics.duration import parse_duration
from infraops.models.files.template import Check, CommandCheck, HttpCheck, TargetHealthCheck, TcpCheck
from infraops.models.runs.results import CheckResult
from infraops.tools.connecting import NO_ANSWER
from infraops.tools.probes.attempts import CUT_SHORT, GiveUp, Watch, ask_command, ask_http, ask_tcp

_ASIDE = 16  # checks at work at the same time
_FIRST_PAUSE, _PAUSE_GROWTH, _LONGEST_PAUSE = 0.1, 1.6, 2.0
_ATTEMPT_SECONDS = 5.0  # one HTTP or TCP attempt; a command may take all the time there is
_TICK_SECONDS = 0.05

AskTargets = Callable[[str], str | None]  # the ARN of a target group → None where all targets are healthy, else why not


@dataclass(frozen=True)
class ProbeEvent:
    """News of a check: it failed with a new reason and goes on, or has ended (`done`)."""

    check: str
    text: str
    passed: bool = False
    done: bool = False


def check(
    checks: Sequence[Check],
    endpoints: Mapping[str, str],
    *,
    children: processes.Children,
    environ: Mapping[str, str] | None = None,
    directory: Path | None = None,
    on_event: Callable[[ProbeEvent], None] | None = None,
    ask_targets: AskTargets | None = None,
) -> tuple[CheckResult, ...]:
    """Carry out the checks side by side and return their results in the order of `checks`.

    A check is tried again, with growing pauses, until it passes or its deadline is over. `endpoints` are the outputs'
    (identifier → URL). `ask_targets` asks after a balancer's targets. Command checks run in `directory` with `environ`
    (by default an empty one). `on_event` is called from several threads. Raises Interrupted promptly where the run is
    interrupted.
    """
    if not checks:
        return ()
    watch = Watch(children.interrupted)
    tell = on_event or (lambda event: None)

    def carry_out(item: Check) -> CheckResult:
        return _carry_out(item, endpoints, watch, children, environ or {}, directory, tell, ask_targets)

    with ThreadPoolExecutor(min(len(checks), _ASIDE), thread_name_prefix="probe") as pool:
        futures: list[Future[CheckResult]] = [pool.submit(carry_out, item) for item in checks]
        waiting = set(futures)
        while waiting:
            _, waiting = wait(waiting, timeout=_TICK_SECONDS)
            watch.cut_overdue()
    results = tuple(future.result() for future in futures)
    if children.interrupted.is_set():
        raise Interrupted("verifying", "interrupted")
    return results


def _carry_out(
    item: Check,
    endpoints: Mapping[str, str],
    watch: Watch,
    children: processes.Children,
    environ: Mapping[str, str] | None,
    directory: Path | None,
    tell: Callable[[ProbeEvent], None],
    ask_targets: AskTargets | None,
) -> CheckResult:
    begun = time.monotonic()
    url = endpoints.get(item.endpoint, "") if item.endpoint is not None else ""
    attempts, reason, pause = 0, "", _FIRST_PAUSE

    def ended(*, passed: bool) -> CheckResult:
        tell(ProbeEvent(item.name, "passed" if passed else f"failed: {reason}", passed=passed, done=True))
        target = _target(item, url)
        return CheckResult(item.name, target, passed, time.monotonic() - begun, attempts, "" if passed else reason)

    if item.endpoint is not None and not url:
        known = ", ".join(sorted(endpoints)) or "none"
        reason = f'the outputs have no endpoint "{item.endpoint}" (they have: {known})'
        return ended(passed=False)
    deadline = begun + parse_duration(item.deadline)
    while not children.interrupted.is_set():
        attempts += 1
        try:
            if isinstance(item, TargetHealthCheck):
                answer = ask_targets(url) if ask_targets is not None else "nobody here can ask AWS"
            else:
                answer = _ask(item, url, deadline, watch, children, environ, directory)
        except GiveUp as error:
            reason = str(error)
            return ended(passed=False)
        if answer is None:
            return ended(passed=True)
        left = deadline - time.monotonic()
        if reason and left <= 0 and answer in (NO_ANSWER, CUT_SHORT):
            answer = reason  # the deadline cut this attempt short; what the ones before it met tells more
        if answer != reason:
            reason = answer
            tell(ProbeEvent(item.name, f"not yet: {reason}"))
        if left <= 0 or children.interrupted.wait(min(pause, left)) or time.monotonic() >= deadline:
            return ended(passed=False)
        pause = min(pause * _PAUSE_GROWTH, _LONGEST_PAUSE)
    return ended(passed=False)


def _ask(
    item: HttpCheck | TcpCheck | CommandCheck,
    url: str,
    deadline: float,
    watch: Watch,
    children: processes.Children,
    environ: Mapping[str, str] | None,
    directory: Path | None,
) -> str | None:
    """Try once; return None where the check passes, else the reason why not."""
    if isinstance(item, CommandCheck):
        seconds = max(0.05, deadline - time.monotonic())
        return ask_command(item, url, seconds=seconds, children=children, environ=environ, directory=directory)
    until = min(deadline, time.monotonic() + _ATTEMPT_SECONDS)
    return ask_http(item, url, until, watch) if isinstance(item, HttpCheck) else ask_tcp(url, until, watch)


def _target(item: Check, url: str) -> str:
    if isinstance(item, HttpCheck):
        return url.rstrip("/") + item.path if url else item.path
    if isinstance(item, CommandCheck):
        return " ".join(item.command)
    return url
