"""No mail is lost or sent twice if servers are killed or the mail server is unavailable."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from .live import ROOT, SERVED, LiveServer, free_port, live_server, post, restarted
from .smtp_server import SECONDS, MailServer, mail_server
from .test_serving_live import until_logged

pytestmark = pytest.mark.live

NAMES = ("ada", "grace", "mary", "susan", "jane", "emily")
ADDRESSES = sorted(f"{name}@example.org" for name in NAMES)
PASSWORD = "violet-Harbour-27"


@pytest.fixture
def mails() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


def register_all(server: LiveServer) -> None:
    """Make an account for each address, without the mail of a registration."""
    made = f"[User.objects.create_user(n, {PASSWORD!r}, n + '@example.org') for n in {NAMES!r}]"
    in_shell(server, f"from accounts.models import User; {made}")


def ask(server: LiveServer, *addresses: str) -> None:
    for address in addresses:
        assert post(server, "auth/password-reset", {"email": address}) == (202, {})


def manage(server: LiveServer, *arguments: str) -> str:
    """Run a command with the environment of a server, and return its output."""
    finished = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env=server.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


def in_shell(server: LiveServer, code: str) -> str:
    """Run a statement about QueuedMail in a new process, and return its output."""
    imports = (
        "from accounts.models import QueuedMail as Q; from django.db.models.functions import Now"
    )
    return manage(server, "shell", "--no-imports", "--command", f"{imports}; {code}")


def kill(server: LiveServer) -> None:
    """Kill a server and its workers with SIGKILL."""
    pid = server.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for each in (pid, *map(int, children)):
        os.kill(each, signal.SIGKILL)
    server.process.wait(SECONDS)


def test_six_mails_outlive_a_killed_server(tmp_path: Path, mails: MailServer) -> None:
    with live_server(directory=tmp_path, command="serve", **SERVED, EMAIL_URL=mails.url) as server:
        register_all(server)
        # The mail server sends no greeting: the first mail is being sent, and the others wait.
        mails.may_greet.clear()
        ask(server, *ADDRESSES)
        assert mails.is_connected.wait(SECONDS)
        kill(server)
        assert in_shell(server, "print(Q.objects.count())") == "6"
        mails.may_greet.set()
        # Simulates the end of the killed sender's lease.
        in_shell(server, "Q.objects.exclude(leased_until=None).update(leased_until=Now())")

        with restarted(server) as again:
            mails.wait_for(6)
            again.process.send_signal(signal.SIGTERM)
            assert again.process.wait(SECONDS) == 0
        assert mails.recipients == ADDRESSES
        assert in_shell(server, "print(Q.objects.count())") == "0"


def test_mails_wait_for_a_mail_server_that_is_away(tmp_path: Path) -> None:
    port = free_port()
    url = f"smtp://127.0.0.1:{port}"
    with live_server(directory=tmp_path, command="serve", **SERVED, EMAIL_URL=url) as server:
        register_all(server)
        ask(server, *ADDRESSES[1:])
        until_logged(server, "Not sent: password reset, attempt 1: ConnectionRefusedError.")
        with mail_server(port) as mails:
            in_shell(server, "Q.objects.update(due_at=Now())")
            # Wakes the worker, which would otherwise look within half a minute.
            ask(server, ADDRESSES[0])
            mails.wait_for(6)
        assert mails.recipients == ADDRESSES
    assert "example.org" not in server.log.read_text()


def test_senders_that_work_at_once_send_each_mail_once(tmp_path: Path, mails: MailServer) -> None:
    url = f"smtp://127.0.0.1:{free_port()}"
    with live_server(directory=tmp_path, command="serve", **SERVED, EMAIL_URL=url) as server:
        register_all(server)
        ask(server, *ADDRESSES)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(SECONDS) == 0
        server.environment["EMAIL_URL"] = mails.url
        with ThreadPoolExecutor(3) as threads:
            senders = [threads.submit(manage, server, "send_mail_queue", "--now") for _ in range(3)]
            said = [sender.result() for sender in senders]
        assert mails.recipients == ADDRESSES, said


def test_a_server_that_stops_finishes_the_mail_it_sends(tmp_path: Path, mails: MailServer) -> None:
    with live_server(directory=tmp_path, command="serve", **SERVED, EMAIL_URL=mails.url) as server:
        register_all(server)
        mails.may_greet.clear()
        ask(server, *ADDRESSES)
        assert mails.is_connected.wait(SECONDS)
        server.process.send_signal(signal.SIGTERM)
        until_logged(server, "Stopping worker-1")
        mails.may_greet.set()
        assert server.process.wait(SECONDS) == 0
        assert Counter(mails.recipients).most_common(1)[0][1] == 1
        waiting = in_shell(server, "print(Q.objects.count(), Q.objects.unleased().count())")
        left = len(ADDRESSES) - len(mails.mails)
        assert waiting == f"{left} {left}"
