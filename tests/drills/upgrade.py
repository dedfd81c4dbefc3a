"""An upgrade from the release before, on PostgreSQL with 100,000 books, while clients go on.

The release before is checked out from git and serves. `migrate` and `reindex` of this release run
beside it, then the servers are switched, and `reindex` runs again. Meanwhile clients read, search,
add, change and delete books. No answer may take longer than SLOWEST, none may be missing, and
afterwards every book is found. UPGRADE_BOOKS sets another number of books.
"""

import os
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

from tests.live import ROOT, free_port
from tests.postgres_server import postgres_server
from tests.waiting import wait_until

from .client import Answer, ask
from .stage import Stage
from .table import Row

# Version 1.1.0.
FORMER = "e9e98f1"
BOOKS = int(os.environ.get("UPGRADE_BOOKS", "100000"))
SLOWEST = 2.0
# Seconds between two requests of a client, and of load before and after each step: they are part of
# what is drilled, and wait for nothing.
PAUSE, CALM = 0.02, 3.0
PASSWORD = "violet-Harbour-27"
# Titles as publishers write them.
TITLES = ("O’Brien’s Guðrún {}", "Catch‐22 part {}", "Émile № {}", "„Ansichten“ {}", "Zebra {}")
SAMPLE = 200


@dataclass(kw_only=True)
class Load:
    """Clients that send one request after another to the current server."""

    url: str
    token: str
    phase: str = "before"
    answers: dict[str, list[tuple[str, Answer]]] = field(default_factory=lambda: defaultdict(list))
    # The present names of the clients' own books.
    names: dict[int, str] = field(default_factory=dict)
    is_over: bool = False
    _unanswered: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_answered_by(self, url: str) -> bool:
        """Return whether a server has answered all requests that were sent to it."""
        with self._lock:
            return not self._unanswered[url]

    def ask(self, path: str, status: int, method: str = "GET", body: object = None) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        phase = self.phase
        with self._lock:
            url = self.url
            self._unanswered[url] += 1
        answer = ask(url, f"/api/v1/{path}", method=method, body=body, headers=headers)
        kept = Answer(status=answer.status, seconds=answer.seconds, body=answer.body[:200])
        with self._lock:
            self._unanswered[url] -= 1
            wrong = "" if answer.status == status else f"{method} {path}"
            self.answers[phase].append((wrong, kept))
        return answer

    def read(self) -> None:
        for ordering in ("name", "-author", "published_on", "id"):
            self.ask(f"books?ordering={ordering}", 200)

    def search(self) -> None:
        for text in ("the", "house of", "war", "a"):
            self.ask(f"books?{urlencode({'q': text})}", 200)

    def write(self, numbers: Iterator[int]) -> None:
        """Add two books, change one of them and the oldest one, and delete the other."""
        made = []
        for _ in range(2):
            number = next(numbers)
            name = TITLES[number % len(TITLES)].format(f"n{number}x")
            body = {"name": name, "author": "A", "publisher": "P", "published_on": "1985-06-01"}
            answer = self.ask("books", 201, "POST", body)
            if answer.status == 201:
                made.append(answer.json["id"])
                self.names[made[-1]] = name
        if len(made) == 2:
            # Once the oldest one was filled, `reindex` has to mend it.
            for key in (made[0], next(iter(self.names))):
                renamed = f"{self.names[key].partition(' r')[0]} r{made[0]}y"
                if self.ask(f"books/{key}", 200, "PATCH", {"name": renamed}).status == 200:
                    self.names[key] = renamed
            if self.ask(f"books/{made[1]}", 204, "DELETE").status == 204:
                del self.names[made[1]]

    @contextmanager
    def running(self) -> Iterator[None]:
        numbers = count(1)
        clients: list[Callable[[], None]] = [self.read, self.search, lambda: self.write(numbers)]
        threads = [threading.Thread(target=self._repeat, args=(client,)) for client in clients]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.is_over = True
            for thread in threads:
                thread.join()

    def _repeat(self, client: Callable[[], None]) -> None:
        while not self.is_over:
            client()
            time.sleep(PAUSE)

    def row(self, phase: str) -> Row:
        answers = self.answers[phase]
        slowest = max(answer.seconds for _, answer in answers)
        wrong = [(what, answer) for what, answer in answers if what]
        came = f"{len(answers)} answers, the slowest in {slowest:.2f} s"
        if wrong:
            what, answer = wrong[0]
            came += f"; {len(wrong)} wrong: {what}: {answer.summary}"
        return Row(
            drill="upgrade",
            asked=f"requests during: {phase}",
            came=came,
            bound=f"all answered, in {SLOWEST:g} s",
            passed=not wrong and slowest <= SLOWEST,
        )


@dataclass(frozen=True, kw_only=True)
class Release:
    """A tree of the code with the environment that its commands and its server run in."""

    tree: Path
    environment: dict[str, str]
    # The interpreter of its virtual environment.
    python: str = sys.executable

    def manage(self, *arguments: str) -> str:
        return self.python_run(str(self.tree / "manage.py"), *arguments)

    def python_run(self, *arguments: str) -> str:
        """Run a program of the tree, and return what it printed. Raises RuntimeError."""
        done = subprocess.run(
            [self.python, *arguments],
            env=self.environment,
            cwd=self.tree,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(arguments)}: {done.stdout[-500:]} {done.stderr[-2000:]}")
        return done.stdout

    @contextmanager
    def serving(self, log: Path) -> Iterator[str]:
        port = free_port()
        with log.open("ab") as output:
            server = subprocess.Popen(
                [
                    self.python,
                    str(self.tree / "manage.py"),
                    *("serve", "--workers", "2", "--bind", f"127.0.0.1:{port}"),
                ],
                env=self.environment,
                cwd=self.tree,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until(
                lambda: ask(url, "/readyz").status == 200,
                failure="the server did not start",
                process=server,
                log=log,
            )
            yield url
        finally:
            server.terminate()
            server.wait(timeout=60)


def rows(stage: Stage) -> Iterator[Row]:
    """Yield a row for each step of the upgrade, and for what is found afterwards."""
    with ExitStack() as stack:
        former = stack.enter_context(_checked_out(stage.directory / "former"))
        url = stack.enter_context(postgres_server())
        environment = stage.environment(
            DATABASE_URL=url, LIMIT_SLOW_SEARCH="1000000/60", LIMIT_SLOW_LIST="1000000/60"
        )
        old = Release(tree=former, environment=environment, python=_installed(former))
        new = Release(tree=ROOT, environment=environment)
        old.manage("migrate", "--verbosity", "0")
        # Production refuses invented books.
        development = {"BOOKSTORE_ENV": "development", "BENCHMARK_DATABASE_URL": url}
        made = replace(old, environment={**environment, **development})
        made.python_run("-m", "benchmarks.make_store", "--books", str(BOOKS))
        yield from _upgraded(old, new, stage.directory)


@contextmanager
def _checked_out(directory: Path) -> Iterator[Path]:
    """Check out the release before, in a worktree that is removed at the end."""
    git = ["git", "-C", str(ROOT), "worktree"]
    subprocess.run(
        [*git, "add", "--detach", str(directory), FORMER], check=True, capture_output=True
    )
    try:
        yield directory
    finally:
        subprocess.run([*git, "remove", "--force", str(directory)], check=True)


def _installed(tree: Path) -> str:
    """Install what a release needs into an environment of its own, and return its interpreter."""
    python = tree / ".venv" / "bin" / "python"
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "venv", str(tree / ".venv")], check=True)
    subprocess.run([str(python), *pip, "-r", str(tree / "requirements.txt")], check=True)
    return str(python)


def _upgraded(old: Release, new: Release, directory: Path) -> Iterator[Row]:
    with ExitStack() as stack:
        former = stack.enter_context(ExitStack())
        url = former.enter_context(old.serving(directory / "old.log"))
        load = Load(url=url, token=_token(url))
        told: dict[str, str] = {}

        def step(name: str, work: Callable[[], str | None]) -> None:
            load.phase = name
            started = time.monotonic()
            told[name] = f"{work() or ''} [{time.monotonic() - started:.0f} s]"
            load.phase = f"after {name}"
            time.sleep(CALM)

        def switch() -> None:
            load.url = stack.enter_context(new.serving(directory / "new.log"))
            wait_until(lambda: load.is_answered_by(url), failure="the old server does not answer")
            former.close()

        with load.running():
            time.sleep(CALM)
            step("migrate", lambda: new.manage("migrate"))
            step("reindex", lambda: new.manage("reindex"))
            step("switch", switch)
            step("reindex again", lambda: new.manage("reindex"))
            step("reindex --drop-former", lambda: new.manage("reindex", "--drop-former"))
        for phase in load.answers:
            yield load.row(phase)
        for name in ("migrate", "reindex", "reindex again"):
            last = " ".join(told[name].strip().splitlines()[-2:])
            yield Row(drill="upgrade", asked=f"manage.py {name}", came=last, bound="", passed=True)
        yield _own_books(load)
        yield _nothing_left(new)


def _token(url: str) -> str:
    account = {"name": "drill", "password": PASSWORD}
    ask(url, "/register", method="POST", body=account)
    token: str = ask(url, "/api/v1/auth/token", method="POST", body=account).json["access"]
    return token


def _own_books(load: Load) -> Row:
    """Whether each book of the clients is found by its name, with its date, and in the lists."""
    lost = []
    for key, name in load.names.items():
        found = load.ask(f"books?{urlencode({'q': name, 'owner': 'me'})}", 200).json["results"]
        book = {each["id"]: each for each in found}.get(key)
        if book is None or (book["name"], book["published_on"]) != (name, "1985-06-01"):
            lost.append(name)
    return Row(
        drill="upgrade",
        asked=f"the {len(load.names)} books that the clients added, by their names",
        came=f"{len(lost)} not found {lost[:3]}",
        bound="each is found",
        passed=not lost,
    )


def _nothing_left(new: Release) -> Row:
    """Whether the text, the keys and the date of every book are those of this release."""
    said = new.manage("reindex", "--all").strip().splitlines()[-1]
    return Row(
        drill="upgrade",
        asked="what is computed again for every book",
        came=said,
        bound="nothing differs",
        passed="Nothing was to be done" in said,
    )
