"""The compared servers, each with two processes, and run as in its documentation."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
PROCESSES = "2"
KEY = "bench" * 16
CORE = ("page", "all", "one", "create", "login")
EVERYTHING = (*CORE, "few", "many", "none")
START_SECONDS = 40
SITE = "peers.django_site"
UNLIMITED = {
    f"LIMIT_{name}": "1000000000/60" for name in ("LOGIN", "FAILED_LOGIN", "KNOWN_ADDRESS")
}


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server. `command` contains {port}; its first word is a program in the peers' venv."""

    name: str
    command: str
    works: tuple[str, ...] = EVERYTHING
    environment: dict[str, str] = field(default_factory=dict)
    has_tokens_of_its_own: bool = False
    is_ours: bool = False

    @property
    def is_peer(self) -> bool:
        return not self.is_ours and self.works == EVERYTHING


OURS = Server(
    name="Bookstore",
    command="python manage.py serve --bind 127.0.0.1:{port} --workers " + PROCESSES,
    environment={
        **UNLIMITED,
        "BOOKSTORE_ENV": "development",
        "DEBUG": "false",
        "REQUEST_LOG": "true",
    },
    is_ours=True,
)
GUNICORN = (
    f"gunicorn --no-control-socket -w {PROCESSES} -k gthread --threads 1 -b 127.0.0.1:{{port}}"
)
UVICORN = f"uvicorn --workers {PROCESSES} --port {{port}} --no-access-log --log-level warning"
GRANIAN = (
    f"granian --interface wsgi --workers {PROCESSES} --blocking-threads 1 --http 1 --no-ws"
    " --port {port}"
)
SERVERS = (
    OURS,
    Server(name="Flask", command=f"{GUNICORN} peers.tutorial_flask:app"),
    Server(name="FastAPI (sync)", command=f"{UVICORN} peers.fastapi_sync:app"),
    Server(name="FastAPI (async)", command=f"{UVICORN} peers.fastapi_async:app"),
    Server(
        name="django-ninja",
        command=f"{GUNICORN} {SITE}.wsgi:application",
        environment={"BENCH_ROUTES": f"{SITE}.ninja_api"},
    ),
    Server(
        name="django-bolt",
        command=f"python -m {SITE}.manage runbolt --host 127.0.0.1 --port {{port}} --no-admin"
        f" --processes {PROCESSES} --workers 1",
        environment={"BENCH_APPS": "django_bolt", "BENCH_ROUTES": f"{SITE}.bolt_routes"},
        has_tokens_of_its_own=True,
    ),
    Server(
        name="plain DRF",
        command=f"{GUNICORN} {SITE}.wsgi:application",
        environment={"BENCH_ROUTES": f"{SITE}.drf", "BENCH_APPS": "rest_framework"},
    ),
    Server(name="limit", command=f"{GRANIAN} limit:application", works=CORE),
    Server(
        name="hello",
        command=f"{GRANIAN} limit:hello",
        environment={"BENCH_HELLO": "1"},
        works=("page",),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Running:
    server: Server
    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def memory(self) -> float:
        """Return the resident memory of its largest process, in MiB."""
        return max(_resident(pid) for pid in _tree(self.process.pid)) / 2**20

    def own_memory(self) -> float:
        """Return the private memory of its largest process, in MiB.

        Without mapped files, which SQLite uses: the kernel can reclaim those pages.
        """
        return max(_own(pid) for pid in _tree(self.process.pid)) / 2**10


@contextmanager
def running(server: Server, *, store: str, programs: Path, log: Path) -> Iterator[Running]:
    """Run a server on a free port in this context. `programs` is the folder of the peers' programs.

    Two benchmarks at once must not have one port: some servers share one without an error.
    """
    port = _free_port()
    first, *rest = server.command.format(port=port).split()
    program = sys.executable if server.is_ours else str(programs / first)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, *rest],
            cwd=ROOT,
            env={**_environment(store), **server.environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(process, port, log)
        yield Running(server=server, port=port, process=process)
    finally:
        children = _tree(process.pid)
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
        for pid in children[1:]:
            _kill(pid)


def _free_port() -> int:
    """Return a port on which nothing listens, below those that outgoing connections get."""
    while True:
        port = secrets.choice(range(10_000, 32_768))
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _environment(store: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {
        **kept,
        "DATABASE_URL": store,
        "BENCH_STORE": store,
        "SECRET_KEY": KEY,
        "PYTHONPATH": str(ROOT / "benchmarks"),
    }


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/nothing", timeout=5):
                return
        except HTTPError:
            return
        except (URLError, OSError):
            time.sleep(0.1)
    raise SystemExit(f"A server did not start:\n{log.read_text()}")


def _tree(pid: int) -> list[int]:
    """Return a process and all of its descendants."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(each for child in children for each in _tree(int(child)))]


def _resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _own(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0])


def _kill(pid: int) -> None:
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        return
