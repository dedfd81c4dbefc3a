"""A stopped or frozen mail server, and a killed service: each mail arrives once."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.live import MANAGE, free_port
from tests.smtp_server import MailServer, mail_server

from .client import Answer, until
from .stage import Service, Stage
from .table import Bound, Row

GONE, FROZEN, KILLED = "SMTP gone", "SMTP frozen", "killed with mails waiting"
PASSWORD = "violet-Harbour-27"
NAMES = ("ada", "grace", "mary", "susan", "jane", "emily")
SECONDS = 30
# Simulates the passing of time: ends the pauses after failures and the leases of killed senders.
LATER = (
    "from accounts.models import QueuedMail as Q; from django.db.models.functions import Now; "
    "Q.objects.update(due_at=Now()); Q.objects.exclude(leased_until=None)"
    ".update(leased_until=Now())"
)
# Without the request for an unknown account, which may not have been processed yet.
COUNT = (
    "from accounts.models import QueuedMail as Q; "
    "print(Q.objects.exclude(address__startswith='nobody').count())"
)


def rows(stage: Stage) -> Iterator[Row]:
    database, port = f"sqlite:///{stage.directory / 'books.sqlite3'}", free_port()
    url = f"smtp://127.0.0.1:{port}"
    password = stage.prepare(DATABASE_URL=database)
    with stage.serve(DATABASE_URL=database, EMAIL_URL=url) as service:
        token = service.log_in(password)["access"]
        # Without the mails of registrations.
        made = f"[User.objects.create_user(n, {PASSWORD!r}, n + '@example.org') for n in {NAMES!r}]"
        in_shell(service, f"from accounts.models import User; {made}")
        yield from _requests(GONE, service, token)
        with mail_server(port) as mails:
            in_shell(service, LATER)
            # The request wakes a worker, which would otherwise look within half a minute.
            ask(service, "nobody")
            yield arrived(GONE, mails)
        with mail_server(port) as mails:
            mails.may_greet.clear()
            yield from _requests(FROZEN, service, token)
            mails.is_connected.wait(SECONDS)
            kill(service)
            yield said(KILLED, "mails that wait", in_shell(service, COUNT), str(len(NAMES)))
            mails.may_greet.set()
            in_shell(service, LATER)
            with stage.serve(DATABASE_URL=database, EMAIL_URL=url) as again:
                yield arrived(KILLED, mails)
                books = until(
                    lambda: again.get("/api/v1/books", token=token), status=200, seconds=9
                )
                yield Bound(status=200, within=9).judge(KILLED, "books afterwards", books)
    log = "".join(path.read_text() for path in stage.directory.glob("server-*.log"))
    yield said(KILLED, "addresses in the log", str(log.count("example.org")), "0")


def _requests(drill: str, service: Service, token: str) -> Iterator[Row]:
    """Request a mail to each account and to an unknown one, and a page."""
    answers = [ask(service, name) for name in (*NAMES, "nobody")]
    yield Bound(status=202, within=1).judge(drill, "password resets", *answers)
    yield Bound(status=200, within=1).judge(
        drill, "a list of books", service.get("/api/v1/books", token=token)
    )


def ask(service: Service, name: str) -> Answer:
    return service.post("/api/v1/auth/password-reset", {"email": address(name)})


def address(name: str) -> str:
    return f"{name}@example.org"


def arrived(drill: str, mails: MailServer) -> Row:
    """Wait for the mails, and return whether each address received exactly one."""
    mails.wait_for(len(NAMES))
    found, wanted = mails.recipients, sorted(map(address, NAMES))
    text = f"{len(set(found))} addresses, {len(found)} mails"
    return said(drill, "mails afterwards", text, f"{len(wanted)} addresses, {len(wanted)} mails")


def said(drill: str, asked: str, came: str, bound: str) -> Row:
    return Row(drill=drill, asked=asked, came=came, bound=bound, passed=came == bound)


def in_shell(service: Service, code: str) -> str:
    command = [*MANAGE, "shell", "--no-imports", "--command", code]
    finished = subprocess.run(
        command, env=service.environment, check=True, capture_output=True, text=True
    )
    return finished.stdout.strip()


def kill(service: Service) -> None:
    """Kill the server and its workers with SIGKILL."""
    pid = service.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for each in (pid, *map(int, children)):
        os.kill(each, signal.SIGKILL)
    service.process.wait(SECONDS)
