"""Samples of requests for each operation of the document, in curl, Python and JavaScript.

ReDoc and other readers show them (`x-codeSamples`). They are made of the examples of the document,
and take the token from the environment variable TOKEN. They send it to PUBLIC_URL.
"""

import json
import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass
from shlex import quote
from textwrap import indent
from typing import Any

from django.conf import settings

JSON = "application/json"
# Characters of a value that is written in one line.
LINE = 60


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One request, and the media type of its answer. "" is the type of a body that is not there."""

    method: str
    url: str
    needs_token: bool
    media_type: str
    body: Any
    answer: str

    @property
    def file(self) -> str:
        """The name of a file for an answer that is no text; "" for another one."""
        is_text = self.answer.endswith("json") or self.answer.startswith("text/")
        ending = "" if is_text else mimetypes.guess_extension(self.answer) or ""
        return ending and f"answer{ending}"


def add_samples(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Add the samples to each operation (a hook of drf-spectacular)."""
    for path, methods in result["paths"].items():
        for method, operation in methods.items():
            sample = _sample(path, method.upper(), operation)
            operation["x-codeSamples"] = [
                {"lang": "Shell", "label": "curl", "source": curl(sample)},
                {"lang": "Python", "label": "Python", "source": python(sample)},
                {"lang": "JavaScript", "label": "JavaScript", "source": javascript(sample)},
            ]
    return result


def _sample(path: str, method: str, operation: dict[str, Any]) -> Sample:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            (example, *_) = parameter["schema"]["examples"]
            path = path.replace(f"{{{parameter['name']}}}", str(example))
    media_type, body = _body(operation.get("requestBody", {}).get("content", {}))
    return Sample(
        method=method,
        url=f"{settings.PUBLIC_URL}{path}",
        # An operation that is open to anyone, too, may take a token: {} is a request without one.
        needs_token=any("bearerAuth" in each for each in operation["security"])
        and {} not in operation["security"],
        media_type=media_type,
        body=body,
        answer=_answer(operation["responses"]),
    )


def _body(content: dict[str, Any]) -> tuple[str, Any]:
    """Return the first media type of a body, and its first example."""
    for media_type, described in content.items():
        (example, *_) = described["examples"].values()
        return media_type, example["value"]
    return "", None


def _answer(responses: dict[str, Any]) -> str:
    """Return the first media type of the answer to a request that succeeds."""
    success = next(each for status, each in responses.items() if status.startswith("2"))
    return next(iter(success.get("content", {})), "")


def curl(sample: Sample) -> str:
    return " \\\n  ".join(_curl_words(sample))


def _curl_words(sample: Sample) -> Iterator[str]:
    yield f"curl -X {sample.method} {quote(sample.url)}"
    if sample.needs_token:
        yield '-H "Authorization: Bearer $TOKEN"'
    if sample.media_type:
        yield f"-H {quote(f'Content-Type: {sample.media_type}')}"
        yield f"--data-binary {quote(_text(sample))}"
    if sample.file:
        yield f"-o {sample.file}"


def python(sample: Sample) -> str:
    """Return a program that needs httpx alone."""
    imports = "import os\n\nimport httpx" if sample.needs_token else "import httpx"
    lines = [json.dumps(sample.method), json.dumps(sample.url), *_python_arguments(sample)]
    call = indent(",\n".join(lines), "    ")
    return (
        f"{imports}\n\nresponse = httpx.request(\n{call},\n)\n"
        f"response.raise_for_status()\n{_python_end(sample)}"
    )


def _python_arguments(sample: Sample) -> Iterator[str]:
    headers = []
    if sample.needs_token:
        headers.append("""    "Authorization": f"Bearer {os.environ['TOKEN']}",\n""")
    if sample.media_type not in ("", JSON):
        headers.append(f'    "Content-Type": "{sample.media_type}",\n')
    if headers:
        yield f"headers={{\n{''.join(headers)}}}"
    if sample.media_type == JSON:
        yield f"json={_literal(sample.body)}"
    elif sample.media_type:
        yield f"content={json.dumps(sample.body, ensure_ascii=False)}"


def _python_end(sample: Sample) -> str:
    if sample.file:
        return f'with open("{sample.file}", "wb") as file:\n    file.write(response.content)'
    if sample.answer.endswith("+json") or sample.answer == JSON:
        return "print(response.json())"
    return "print(response.text)" if sample.answer else "print(response.status_code)"


def javascript(sample: Sample) -> str:
    """Return a module for Node.js, which needs no package."""
    fields = [f'  method: "{sample.method}",\n'] if sample.method != "GET" else []
    headers = []
    if sample.needs_token:
        headers.append("    Authorization: `Bearer ${process.env.TOKEN}`,\n")
    if sample.media_type:
        headers.append(f'    "Content-Type": "{sample.media_type}",\n')
    if headers:
        fields.append(f"  headers: {{\n{''.join(headers)}  }},\n")
    if sample.media_type == JSON:
        fields.append(f"  body: JSON.stringify({indent(_json(sample.body), '  ').lstrip()}),\n")
    elif sample.media_type:
        fields.append(f"  body: {json.dumps(sample.body, ensure_ascii=False)},\n")
    options = f", {{\n{''.join(fields)}}}" if fields else ""
    return (
        f'const response = await fetch("{sample.url}"{options});\n'
        "if (!response.ok) throw new Error(await response.text());\n"
        f"{_javascript_end(sample)}"
    )


def _javascript_end(sample: Sample) -> str:
    if sample.file:
        return (
            'const { writeFile } = await import("node:fs/promises");\n'
            f'await writeFile("{sample.file}", new Uint8Array(await response.arrayBuffer()));'
        )
    if sample.answer.endswith("+json") or sample.answer == JSON:
        return "console.log(await response.json());"
    return f"console.log({'await response.text()' if sample.answer else 'response.status'});"


def _text(sample: Sample) -> str:
    return _json(sample.body) if sample.media_type == JSON else str(sample.body)


def _json(value: Any) -> str:
    """Return JSON: in one line if that is a short one."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LINE else json.dumps(value, ensure_ascii=False, indent=2)


def _literal(value: Any) -> str:
    """Return a Python literal, laid out as `_json` does."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {_literal(each)}" for key, each in value.items()]
        return _enclosed(parts, "{}")
    if isinstance(value, list):
        return _enclosed([_literal(each) for each in value], "[]")
    return json.dumps(value, ensure_ascii=False)


def _enclosed(parts: list[str], brackets: str) -> str:
    text = ", ".join(parts)
    if len(text) > LINE or "\n" in text:
        text = "".join(f"\n{indent(part, '    ')}," for part in parts) + "\n"
    return f"{brackets[0]}{text}{brackets[1]}"
