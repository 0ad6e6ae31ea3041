"""Switches the page's web server on and off; all that it makes lies beside this file.

switch.py on PORT: start the server unless it runs already; prints "started" or "running".
switch.py off: end the server that `on` started, remove what lies here, and the directory itself if nothing is left.
switch.py serve PORT DESCRIPTOR: the server; `on` starts it with a socket that listens already.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SELF = Path(__file__).resolve()
SITE, LOG, PID = (SELF.with_name(name) for name in ("site", "server.log", "server.pid"))
DEADLINE = 5.0  # seconds a server has to end by itself


def switch_on(port: int) -> str:
    """Start the server on `port`, ending one that listens on another."""
    server = find_server()
    if server is not None:
        pid, known_port = server
        if known_port == port:
            return "running"
        end(pid)
    with listen(port) as listener, LOG.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, str(SELF), "serve", str(port), str(listener.fileno())],
            pass_fds=[listener.fileno()],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # it outlives the play
        )
        PID.write_text(f"{process.pid}\n", encoding="ascii")
    return "started"


def listen(port: int) -> socket.socket:
    """Take the port here, where a failure is told, and not in the server, where it would go unseen."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        sys.exit(f"port {port} of this machine cannot be used: {error.strerror}")


def serve(descriptor: int) -> None:
    """Serve the site on a socket that listens already, for ever."""
    listener = socket.socket(fileno=descriptor)
    handler = partial(SimpleHTTPRequestHandler, directory=str(SITE))
    server = ThreadingHTTPServer(listener.getsockname(), handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.serve_forever()


def find_server() -> tuple[int, int] | None:
    """Return process id and port of the server that was started here and still runs.

    A process id is given again once its process is gone, so the process must also be this very program.
    """
    try:
        pid = int(PID.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    found = re.search(rf"{re.escape(str(SELF))} serve (\d+) \d+ ?$", command_line(pid))
    return (pid, int(found[1])) if found else None


def command_line(pid: int) -> str:
    """Return the command line of a process, and nothing for one that is gone or dead."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        if Path("/proc/self").exists():
            return ""
    command = ["ps", "-ww", "-o", "command=", "-p", str(pid)]  # where there is no /proc
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def end(pid: int) -> None:
    """End the server and wait until it is gone."""
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + DEADLINE
    while find_server() is not None:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    PID.unlink(missing_ok=True)


def switch_off() -> str:
    """End the server and remove what `on` and its play made here; anything else is left alone."""
    server = find_server()
    if server is not None:
        end(server[0])
    for path in (SITE / "index.html", LOG, PID, SELF):
        path.unlink(missing_ok=True)
    for directory in (SITE, SELF.parent):
        try:
            directory.rmdir()
        except OSError:  # it is gone already, or holds something that is not ours
            break
    return "stopped" if server is not None else "was not running"


def main() -> None:
    """Do what the command line says."""
    match sys.argv[1:]:
        case ["on", port]:
            sys.stdout.write(switch_on(int(port)) + "\n")
        case ["off"]:
            sys.stdout.write(switch_off() + "\n")
        case ["serve", _, descriptor]:
            serve(int(descriptor))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
