"""The requests of docs/clients.http give the statuses that are written beside them."""

import json
import re
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from django.conf import settings

from .live import live_server

pytestmark = pytest.mark.live

FILE = Path(settings.BASE_DIR) / "docs" / "clients.http"


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: Any
    body: Any


def test_the_requests_can_be_sent_from_an_editor(tmp_path: Path) -> None:
    head, *requests = re.split(r"^### ", FILE.read_text(), flags=re.MULTILINE)
    variables = dict(re.findall(r"^@(\w+) = (.*)$", head, flags=re.MULTILINE))
    answers: dict[str, Answer] = {}
    sent = {}
    with live_server(directory=tmp_path) as server:
        variables["host"] = server.url
        for request in requests:
            title, expected = re.match(r"(.*) -> (\d+)\n", request).groups()  # type: ignore[union-attr]  # else it fails
            name = re.search(r"^# @name (\w+)$", request, flags=re.MULTILINE)
            answer = send(filled(request, variables, answers))
            if name is not None:
                answers[name[1]] = answer
            sent[title] = (answer.status, int(expected))

    assert len(sent) == 10
    assert {title: pair for title, pair in sent.items() if pair[0] != pair[1]} == {}


def filled(text: str, variables: dict[str, str], answers: dict[str, Answer]) -> str:
    """Return a request with the values of its variables: our own, and those of earlier answers."""

    def value(found: re.Match[str]) -> str:
        name, _, rest = found[1].partition(".response.")
        if found[1] == "$guid":
            return str(uuid.uuid4())
        if not rest:
            return filled(variables[name], variables, answers)
        place, _, member = rest.partition(".")
        answer = answers[name]
        found_value = answer.headers[member] if place == "headers" else answer.body[member[2:]]
        return str(found_value)

    return re.sub(r"\{\{([^}]+)\}\}", value, text)


def send(request: str) -> Answer:
    """Send a request that is written as RFC 9110 shows it, below the lines of comments."""
    lines = [line for line in request.splitlines()[1:] if not line.startswith("#")]
    head, _, body = "\n".join(lines).strip().partition("\n\n")
    first, *fields = head.splitlines()
    method, url = first.split(" ", maxsplit=1)
    headers = dict(field.split(": ", maxsplit=1) for field in fields)
    data = body.encode() or None
    try:
        with urlopen(Request(url, data=data, headers=headers, method=method)) as response:
            text, status, received = response.read(), response.status, response.headers
    except HTTPError as error:
        text, status, received = error.read(), error.code, error.headers
    is_json = "json" in received.get("Content-Type", "")
    return Answer(status=status, headers=received, body=json.loads(text) if is_json else None)
