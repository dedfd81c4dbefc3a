"""`manage.py quickstart`, which `make run` runs before the server."""

import json
import os
import re
import shutil
import socket
import subprocess
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from books.management.commands import quickstart
from books.models import Book
from tests.client import ConformingClient
from tests.live import free_port
from tests.tools import require_tool

pytestmark = pytest.mark.django_db


def run(port: int | str | None = None) -> str:
    output = StringIO()
    call_command("quickstart", port=str(port or free_port()), stdout=output)
    return output.getvalue()


def test_the_first_run_makes_an_admin_who_can_log_in_and_loads_their_books() -> None:
    port = free_port()
    output = run(port)
    admin = User.objects.get()
    assert (admin.name, admin.admin, admin.is_superuser) == ("admin", True, True)
    titles = json.loads(quickstart.TITLES.read_text(encoding="utf-8"))
    assert Book.objects.owned_by(admin).count() == len(titles) == 30
    for address in ("/api/v1", "/api/docs", "/admin/"):
        assert f"http://127.0.0.1:{port}{address}\n" in output
    password = re.search(r"Password +(\S+)", output)
    assert password is not None
    response = ConformingClient().post(
        "/api/v1/auth/token", {"name": "admin", "password": password[1]}
    )
    assert response.status_code == 200


def test_a_second_run_changes_nothing_and_prints_no_password() -> None:
    run()
    before = (list(User.objects.values()), list(Book.objects.order_by("pk").values()))
    output = run()
    assert (list(User.objects.values()), list(Book.objects.order_by("pk").values())) == before
    assert "Password" not in output
    assert "/api/v1\n" in output


def test_a_store_that_has_an_admin_is_left_alone(boss: User) -> None:
    run()
    assert list(User.objects.all()) == [boss]
    assert not Book.objects.exists()


def test_somebody_elses_name_is_not_taken_over(ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(name="Admin", name_key="admin")
    with pytest.raises(CommandError, match="createsuperuser"):
        run()
    assert User.objects.get().admin is False


def test_nothing_is_left_behind_if_the_books_can_not_be_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(quickstart, "TITLES", quickstart.TITLES.with_name("missing.json"))
    with pytest.raises(FileNotFoundError):
        run()
    assert not User.objects.exists()


def test_a_taken_port_is_said_before_anything_is_done() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(CommandError, match=rf"Port {port} can't be used .*make run PORT="):
            run(port)
    assert not User.objects.exists()


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "８０８０"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(CommandError, match=r"is not a port\. Try: make run PORT=8001"):
        run(port)


def test_every_title_is_a_valid_record() -> None:
    run()
    for book in Book.objects.all():
        book.full_clean()


@pytest.mark.parametrize(
    ("chosen", "url"),
    [({}, "http://localhost:9000"), ({"PUBLIC_URL": "https://b.example"}, "https://b.example")],
)
def test_links_in_mails_lead_to_the_port_of_make_run(chosen: dict[str, str], url: str) -> None:
    make = shutil.which("make")
    require_tool(is_there=make is not None, name="make", install="apt-get install make")
    root = Path(quickstart.__file__).resolve().parents[3]
    shown = subprocess.run(
        [str(make), "--dry-run", "run", "PORT=9000"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    (line,) = re.findall(r"^(PUBLIC_URL=\S+) \S+ manage.py runserver", shown, flags=re.MULTILINE)
    environment = {name: value for name, value in os.environ.items() if name != "PUBLIC_URL"}
    said = subprocess.run(
        ["/bin/sh", "-c", f'{line}; echo "$PUBLIC_URL"'],
        check=True,
        capture_output=True,
        text=True,
        env={**environment, **chosen},
    ).stdout
    assert said == f"{url}\n"
