"""A PostgreSQL server of the tests' own: on a socket of its own, and on a loopback port where passwords are asked for.

It keeps nothing, runs as a user that is not root, and ends with the process that started it.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg

from tests.needs import lacking
from tests.ports import free_port

PASSWORD = "s3cr3t/pass@word"  # of user jo; not of the superuser, who comes in by the socket alone
USERS = ("postgres", "nobody")  # who it runs as where we are root, which PostgreSQL refuses
ACCESS = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "wal_level": "minimal",
    "max_wal_size": "64MB",
    "max_wal_senders": "0",
    "log_min_messages": "log",
    "listen_addresses": "127.0.0.1",
}


@dataclass
class Server:
    """A running server. Its superuser is `postgres`; there is a user `jo` with a password."""

    directory: Path
    programs: Path
    user: str | None
    port: int
    _version: int = 0
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def url(self, database: str, *, user: str = "postgres", scheme: str = "postgresql", asked: str = "") -> str:
        """Name a database by the socket, where nobody is asked for a password."""
        more = f"&{asked}" if asked else ""
        return f"{scheme}://{user}@/{database}?host={quote(str(self.directory), safe='')}&port={self.port}{more}"

    def tcp_url(self, database: str, *, user: str = "jo", password: str | None = None, asked: str = "") -> str:
        """Name a database by the port."""
        login = user if password is None else f"{user}:{quote(password, safe='')}"
        return f"postgresql://{login}@127.0.0.1:{self.port}/{database}{f'?{asked}' if asked else ''}"

    def execute(self, *statements: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Carry out statements as the superuser, each by itself; returns what the last one found."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            found: list[tuple[object, ...]] = []
            for statement in statements:
                cursor = connection.execute(statement.encode())
                found = cursor.fetchall() if cursor.description else []
            return found

    @contextmanager
    def database(self, name: str, *, template: str = "template1") -> Iterator[str]:
        """Make a database; it is gone at the end, whoever looks at it."""
        quickly = "STRATEGY file_copy" if self._version >= 150_000 else ""
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" {quickly}')
        try:
            yield name
        finally:
            self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def hang_up(self, database: str) -> int:
        """Cut all connections to a database, as a server does that is restarted; returns how many there were."""
        found = self.execute(
            f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{database}'"
        )
        return len(found)

    def start(self) -> None:
        """Start, and wait until it answers."""
        settings = {**SETTINGS, "port": str(self.port), "unix_socket_directories": str(self.directory)}
        options = [text for name, value in settings.items() for text in ("-c", f"{name}={value}")]
        # The kernel ends it (at once, but in order) where we are killed.
        argv = ["setpriv", "--pdeathsig", "INT", self.programs / "postgres", "-D", self.directory / "data", *options]
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(_as(self.user, argv), stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 120
        while True:
            try:
                with psycopg.connect(self.url("postgres")) as connection:
                    self._version = connection.info.server_version
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.directory / "log").read_text()) from None
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it in order, with all connections cut."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(120)
            self._process = None


def _as(user: str | None, argv: list[object]) -> list[str]:
    """Write the command line that runs `argv` as another user; setpriv is the last to change who we are."""
    texts = [str(each) for each in argv]
    if user is None:
        return texts
    changes = ["setpriv", f"--reuid={user}", f"--regid={user if user == 'postgres' else 'nogroup'}", "--clear-groups"]
    return [*changes, *(texts[1:] if texts[0] == "setpriv" else texts)]


def programs() -> Path:
    """Find the directory of initdb and postgres; the test is skipped, or fails, where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[4]))
    on_path = shutil.which("postgres")
    if not found and on_path is None:
        lacking("PostgreSQL's server programs are missing (package postgresql)")
    return found[-1].parent if found else Path(str(on_path)).resolve().parent


@contextmanager
def a_server() -> Iterator[Server]:
    """Make a cluster, start it, and leave nothing behind."""
    binaries = programs()
    user = None
    if os.geteuid() == 0:
        user = next((name for name in USERS if shutil.which("setpriv") and _exists(name)), None)
        if user is None:
            lacking("there is no user that a PostgreSQL server could run as")
    directory = Path(tempfile.mkdtemp(prefix="pg-", dir=_quick_place()))  # short: a socket's path has 107 characters
    try:
        if user is not None:
            shutil.chown(directory, user)
        init = [binaries / "initdb", "-D", directory / "data", "-U", "postgres", "--auth=trust", "--no-sync"]
        init += ["--no-instructions", "--encoding=UTF8", "--locale=C.UTF-8"]
        subprocess.run(_as(user, init), check=True, capture_output=True, cwd="/")
        (directory / "data" / "pg_hba.conf").write_text(ACCESS)
        server = Server(directory, binaries, user, free_port())
        server.start()
        try:
            server.execute(f"CREATE ROLE jo LOGIN PASSWORD '{PASSWORD}'")
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _quick_place() -> Path | None:
    """Return a directory in memory, where there is one with room: databases are made and removed all the time."""
    memory = Path("/dev/shm")
    has_room = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 1 << 30
    return memory if has_room else None


def _exists(user: str) -> bool:
    return any(entry.pw_name == user for entry in pwd.getpwall())
