"""Samples of requests in the OpenAPI document."""

import ast
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.conf import settings

from accounts.models import User
from bookstore_project.openapi.pages import openapi_document
from bookstore_project.openapi.samples import JSON, Sample, python
from tests.client import ConformingClient
from tests.curl_samples import SampleRequest, comparable, request_of, sources

OPERATIONS = [
    (path, method.upper(), operation)
    for path, methods in openapi_document()["paths"].items()
    for method, operation in methods.items()
]
# A refusal that the sample itself would be to blame for.
FAULTS = {405, 406, 411, 413, 415, 422, 500}
UNKNOWN = {"invalid_token", "validation_error"}


@pytest.mark.parametrize(
    ("path", "method", "operation"), OPERATIONS, ids=[each[2]["operationId"] for each in OPERATIONS]
)
def test_each_operation_has_three_samples(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    samples = {sample["label"]: sample["lang"] for sample in operation["x-codeSamples"]}

    assert samples == {"curl": "Shell", "Python": "Python", "JavaScript": "JavaScript"}
    request = request_of(sources("curl")[operation["operationId"]], token="t")
    address = request.url.removeprefix(settings.PUBLIC_URL)
    assert request.method == method
    assert len(address.split("/")) == len(path.split("/"))
    assert "{" not in address


@pytest.mark.django_db
@pytest.mark.parametrize("operation", sources("curl"))
def test_a_sample_is_a_request_that_the_server_understands(
    operation: str, boss: User, client_of: Callable[[User], ConformingClient]
) -> None:
    request = request_of(sources("curl")[operation], token="of-the-boss")
    is_authorized = request.headers.get("Authorization") == "Bearer of-the-boss"

    response = (client_of(boss) if is_authorized else ConformingClient()).generic(
        request.method,
        request.url.removeprefix(settings.PUBLIC_URL),
        request.body,
        content_type=request.headers.get("Content-Type", ""),
    )

    assert response.status_code not in FAULTS
    if response.status_code == 400:
        # The tokens of mails and the codes of apps are made up.
        assert response.json()["code"] in UNKNOWN, response.json()


@pytest.mark.parametrize("operation", sources("Python"))
def test_the_python_sample_sends_the_same_as_the_curl_sample(
    operation: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TOKEN", "a-token")
    monkeypatch.chdir(tmp_path)
    sent: list[SampleRequest] = []

    def send(method: str, url: str, **options: Any) -> Any:
        headers, body = dict(options.get("headers", {})), options.get("content", "")
        if "json" in options:
            headers["Content-Type"], body = JSON, json.dumps(options["json"])
        sent.append(SampleRequest(method=method, url=url, headers=headers, body=body))
        return Mock(content=b"")

    # httpx is no requirement of ours.
    monkeypatch.setitem(sys.modules, "httpx", Mock(request=send))
    exec(compile(sources("Python")[operation], operation, "exec"), {})

    (request,) = sent
    expected = request_of(sources("curl")[operation], token="a-token")
    assert comparable(request) == comparable(expected)


def test_values_of_all_kinds_are_python_literals() -> None:
    value = {"none": None, "flags": [True, False], "number": 1.5, "text": 'ein "Wort" für \\ zwei'}
    sample = Sample(
        method="POST", url="http://a", needs_token=False, media_type=JSON, body=value, answer=""
    )

    (argument,) = re.findall(
        r"json=(\{.*?\n    \}),$", python(sample), flags=re.DOTALL | re.MULTILINE
    )
    assert ast.literal_eval(argument) == value
