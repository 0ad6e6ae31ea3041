"""Telling a web address of something that happened, signed, within a few seconds or not at all."""

import hashlib
import hmac
import queue
import threading
import time
from collections.abc import Mapping
from email.message import Message
from http.client import HTTPException
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

SIGNATURE = "X-Infraops-Signature"
TRIES = 2
TIMEOUT_SECONDS = 5.0
_PAUSE_SECONDS = 0.5


def signature(body: bytes, secret: str) -> str:
    """Return what the header says of a body: `sha256=` and the HMAC in hexadecimal digits."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def deliver(
    url: str, body: bytes, secret: str, *, environ: Mapping[str, str], timeout: float = TIMEOUT_SECONDS
) -> str | None:
    """Post a JSON body and its signature; returns None, or why it did not arrive at the second try either.

    `environ` names the proxy. A try takes `timeout` seconds at most, whatever the other side and the resolver do.
    """
    headers = {"Content-Type": "application/json", "User-Agent": "infraops", SIGNATURE: signature(body, secret)}
    request = Request(url, data=body, headers=headers, method="POST")  # noqa: S310 - the settings take http(s) alone
    opener = build_opener(_NoRedirects, ProxyHandler(_proxies(url, environ)))
    problem: str | None = None
    for attempt in range(TRIES):
        if attempt:
            time.sleep(_PAUSE_SECONDS)
        problem = _within(opener, request, timeout)
        if problem is None:
            break
    return problem


class _NoRedirects(HTTPRedirectHandler):
    """Takes an answer that points elsewhere for a refusal: the notice is for the address in the settings alone."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> Request | None:
        return None


def _proxies(url: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Name the proxy for an address as other programs understand the environment; none leads to this machine."""
    host = urlsplit(url).hostname or ""
    proxy = environ.get("https_proxy") or environ.get("HTTPS_PROXY") or ""
    without = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    local = host in ("localhost", "::1") or host.startswith("127.")
    names = [name.strip().lstrip(".") for name in without.split(",")]
    direct = local or any(name in ("*", host) or (name and host.endswith(f".{name}")) for name in names)
    return {"https": proxy} if proxy and not direct else {}


def _within(opener: OpenerDirector, request: Request, timeout: float) -> str | None:
    # In a thread of its own: the time-out of a socket counts from byte to byte, and looking a name up has none.
    answer: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=lambda: answer.put(_try(opener, request, timeout)), daemon=True, name="webhook").start()
    try:
        return answer.get(timeout=timeout)
    except queue.Empty:
        return _no_answer(timeout)


def _try(opener: OpenerDirector, request: Request, timeout: float) -> str | None:
    try:
        with opener.open(request, timeout=timeout):
            return None
    except HTTPError as error:
        error.close()
        return f"it answered with status {error.code}"
    except URLError as error:
        return _no_answer(timeout) if isinstance(error.reason, TimeoutError) else str(error.reason)
    except TimeoutError:
        return _no_answer(timeout)
    except (OSError, HTTPException, ValueError) as error:
        return str(error) or type(error).__name__


def _no_answer(timeout: float) -> str:
    return f"no answer within {timeout:g} s"
