"""Debian's PostgreSQL in its own network namespace, which can drop all packets."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.waiting import SECONDS, wait_until

PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/bin"))
# PostgreSQL refuses to run as root; this is the user of Debian's package.
USER = "postgres"
# No machine has this hardware address, so packets to it are lost without an error.
NOBODY = "02:00:00:00:00:01"


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network namespace, and the pair of devices that connects it."""

    name: str
    device: str
    here: str
    there: str

    @classmethod
    @contextmanager
    def made(cls) -> Iterator["Network"]:
        """Create one for this process, and remove it at the end. Needs root."""
        number = os.getpid() % 62 + 1
        network = cls(
            name=f"drills-{os.getpid()}",
            device=f"drill{os.getpid() % 100_000}",
            here=f"10.213.{number}.1",
            there=f"10.213.{number}.2",
        )
        ip("netns", "add", network.name)
        try:
            network._connect()
            yield network
        finally:
            # This also deletes the devices; processes that still run keep the namespace alive.
            ip("netns", "delete", network.name)

    def _connect(self) -> None:
        peer = f"{self.device}p"
        ip("link", "add", self.device, "type", "veth", "peer", "name", peer, "netns", self.name)
        ip("address", "add", f"{self.here}/30", "dev", self.device)
        ip("link", "set", self.device, "up")
        ip("-n", self.name, "address", "add", f"{self.there}/30", "dev", peer)
        ip("-n", self.name, "link", "set", peer, "up")
        ip("-n", self.name, "link", "set", "lo", "up")

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Lose all packets, as a dead switch does: nothing is refused, and nothing arrives."""
        # The current ARP entry is replaced by one with a dead address.
        neighbour = ("dev", self.device, "lladdr", NOBODY, "nud", "permanent")
        ip("neighbour", "replace", self.there, *neighbour)
        try:
            yield
        finally:
            ip("neighbour", "delete", self.there, "dev", self.device)


@dataclass(kw_only=True)
class PostgreSQL:
    """A cluster in a directory, and the server that runs on it."""

    directory: Path
    address: str
    port: int
    namespace: str
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        return f"postgres://{USER}:{USER}@{self.address}:{self.port}/{database}"

    def create(self) -> None:
        """Create an empty cluster that accepts every client of its own network."""
        self._make_directory()
        self.run("initdb", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "-D")
        with (self.directory / "pg_hba.conf").open("a") as rules:
            rules.write("host all all 10.213.0.0/16 trust\nhost replication all 0.0.0.0/0 trust\n")

    def copy_of(self, primary: "PostgreSQL") -> None:
        """Become a standby of another server."""
        self._make_directory()
        source = f"host={primary.address} port={primary.port} user={USER}"
        self.run("pg_basebackup", "--write-recovery-conf", "-d", source, "--no-sync", "-D")

    def _make_directory(self) -> None:
        self.directory.mkdir(mode=0o700)
        shutil.chown(self.directory, USER)

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs on the data directory, in the server's network."""
        run([*self._as_user(), str(PROGRAMS / program), *arguments, str(self.directory)])

    def start(self) -> None:
        """Start the server, and return once it accepts connections."""
        options = ["-h", self.address, "-p", str(self.port), "-k", str(self.directory)]
        with (self.directory.parent / f"{self.directory.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self._as_user(), str(PROGRAMS / "postgres"), "-D", str(self.directory), *options],
                stdout=log,
                stderr=log,
            )
        ask = [str(PROGRAMS / "pg_isready"), "-q", "-h", self.address, "-p", str(self.port)]
        wait_until(
            lambda: subprocess.call(ask) == 0,
            failure=f"PostgreSQL did not start: see {log.name}",
            process=self.process,
        )

    def stop(self) -> None:
        """Stop the server immediately, like a crash."""
        if self.process is not None:
            self.signal(signal.SIGCONT)
            os.kill(self.postmaster, signal.SIGQUIT)
            self.process.wait(timeout=SECONDS)

    @property
    def postmaster(self) -> int:
        return int((self.directory / "postmaster.pid").read_text().split()[0])

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop all processes of the server; the kernel still acknowledges data sent to them."""
        self.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)

    def signal(self, number: signal.Signals) -> None:
        postmaster = self.postmaster
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for process in (postmaster, *map(int, children)):
            os.kill(process, number)

    def query(self, *commands: str, database: str = "postgres") -> str:
        """Run SQL commands one after another, and return the output of psql."""
        return run([*self.psql(database), *(f"--command={command}" for command in commands)])

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Lock a table from another session, so that no other can read it."""
        command = f"BEGIN; LOCK TABLE {table};\n\\echo locked\n"
        with subprocess.Popen(
            self.psql("postgres"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as session:
            if session.stdin is None or session.stdout is None:
                raise RuntimeError("psql has no pipes")
            session.stdin.write(command)
            session.stdin.flush()
            while "locked" not in session.stdout.readline():
                pass
            yield
            session.stdin.close()

    def psql(self, database: str) -> list[str]:
        return [
            "psql",
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            self.url_of(database),
        ]

    def _as_user(self) -> list[str]:
        # Not with `ip netns exec`, which would hide later mounts.
        entered = ["nsenter", f"--net=/run/netns/{self.namespace}"]
        # runuser would stop itself together with the server, and never continue.
        identity = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups", "--"]
        return [*entered, *identity]


def ip(*arguments: str) -> None:
    run(["ip", *arguments])


def run(command: list[str]) -> str:
    """Return the output of a program. Raises RuntimeError with its error output."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout.strip()
