"""Runs the Python of docs/clients.md.

Run with the address of a server and a name that is not taken.
"""

import io
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout

import clients_page
import httpx
from clients_page import Problem, Session, log_in, story

PASSWORD = "violet-Harbour-27"


def main(url: str, name: str) -> None:
    httpx.post(
        f"{url}/api/v1/auth/register", json={"name": name, "password": PASSWORD}
    ).raise_for_status()
    told = io.StringIO()
    client = log_in(url, name, PASSWORD)
    with redirect_stdout(told):
        story(client)
    assert told.getvalue() == "1 1 3\n"
    refuse(client)
    refresh_once(log_in(url, name, PASSWORD))


def refuse(client: httpx.Client) -> None:
    """The session has ended, so that its tokens can't be renewed."""
    try:
        client.get("users/me")
    except Problem as problem:
        assert (problem.status, problem.code) == (401, "token_invalid")
    else:
        raise AssertionError("the session goes on")


def refresh_once(client: httpx.Client) -> None:
    """Twenty requests get a 401 at the same time, and the tokens are renewed once."""
    session = client.auth
    assert isinstance(session, CountingSession)
    session.access = "expired"
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: client.get("users/me"), range(20)))
    assert [answer.status_code for answer in answers] == [200] * 20
    assert session.renewals == 1


class CountingSession(Session):
    renewals = 0

    def renew(self) -> None:
        self.renewals += 1
        super().renew()


if __name__ == "__main__":
    clients_page.Session = CountingSession  # type: ignore[misc]  # for log_in()
    main(*sys.argv[1:])
