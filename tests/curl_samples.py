"""The requests of the OpenAPI document's samples in curl."""

import json
import shlex
from dataclasses import dataclass
from typing import Any

from bookstore_project.openapi.pages import openapi_document


@dataclass(frozen=True, kw_only=True)
class SampleRequest:
    method: str
    url: str
    headers: dict[str, str]
    body: str


def sources(label: str) -> dict[str, str]:
    """Return the source of each sample with this label, by the id of its operation."""
    operations: list[dict[str, Any]] = [
        operation
        for methods in openapi_document()["paths"].values()
        for operation in methods.values()
    ]
    return {
        operation["operationId"]: sample["source"]
        for operation in operations
        for sample in operation["x-codeSamples"]
        if sample["label"] == label
    }


def request_of(curl: str, *, token: str) -> SampleRequest:
    """Return the request that a command sends, with TOKEN in its environment."""
    # shlex does not join lines, as a shell does.
    line = curl.replace("\\\n", "").replace("$TOKEN", token)
    program, flag, method, url, *options = shlex.split(line)
    assert (program, flag) == ("curl", "-X")
    given = [(option, value) for option, value in zip(options[::2], options[1::2], strict=True)]
    assert {option for option, _ in given} <= {"-H", "--data-binary", "-o"}
    fields = (value.split(": ", maxsplit=1) for option, value in given if option == "-H")
    (body,) = [value for option, value in given if option == "--data-binary"] or [""]
    return SampleRequest(method=method, url=url, headers=dict(fields), body=body)


def comparable(request: SampleRequest) -> Any:
    """Return what two spellings of one request have in common."""
    is_json = request.headers.get("Content-Type") == "application/json"
    body = json.loads(request.body) if is_json else request.body
    return (request.method, request.url, request.headers, body)
