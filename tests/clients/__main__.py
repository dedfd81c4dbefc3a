"""Lint the OpenAPI document, and try generated clients: python -m tests.clients ENVIRONMENT

ENVIRONMENT is the folder with the programs of requirements.txt and package.json: `make clients`
sets it up. Exits with status 1 if a linter finds anything, if a generator warns or makes code with
errors of types, or if a client can't play its story against a running server.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.live import MANAGE, LiveServer, live_server

HERE = Path(__file__).resolve().parent
DOCUMENT = "openapi.yaml"
# How the programs mark their warnings; Redocly counts them at the end.
WARNING = re.compile(r"\bWARN(ING)?\b|\bERROR\b|⚠|\bwarnings?\b")


@dataclass(frozen=True, kw_only=True)
class Step:
    """A command, and the warnings in its output that are no fault of the document."""

    name: str
    command: Sequence[str]
    harmless: Sequence[str] = ()


# Each is a warning of OpenAPI Generator about itself, or about a body that it does handle.
OPENAPI_GENERATOR = (
    "OpenAPI 3.1 support is still in beta",
    # Bodies that are a text or a file have a type, and no component with a name.
    "Failed to get the schema name: null",
    # Three responses are `{}`.
    "Codegen property is null",
)

LINTERS = [
    Step(name="Redocly", command=["redocly", "lint", DOCUMENT, "--config", "redocly.yaml"]),
    Step(
        name="Spectral",
        command=[
            *("spectral", "lint", DOCUMENT, "--ruleset", "spectral.yaml"),
            *("--fail-severity", "hint"),
        ],
    ),
]
# The page with code, and the modules that are made of its blocks.
PAGE = Path(__file__).resolve().parents[2] / "docs" / "clients.md"
BLOCKS = {"python": "clients_page.py", "js": "clients_page.mjs"}

GENERATORS = [
    Step(
        name="openapi-python-client",
        command=[
            *("openapi-python-client", "generate", "--path", DOCUMENT, "--meta", "none"),
            *("--output-path", "bookstore_client", "--config", "openapi_python_client.yaml"),
        ],
        # It sends a file in a form, and knows no other way.
        harmless=("WARNING parsing POST /api/v1/books/import",),
    ),
    Step(
        name="OpenAPI Generator, python",
        command=[
            *("openapi-generator-cli", "generate", "-i", DOCUMENT, "-g", "python"),
            *("--package-name", "bookstore_generated", "-o", "."),
            *("--global-property", "models,apis,supportingFiles"),
            *("--global-property", "modelTests=false,apiTests=false"),
            *("--global-property", "modelDocs=false,apiDocs=false"),
        ],
        harmless=OPENAPI_GENERATOR,
    ),
    Step(
        name="OpenAPI Generator, typescript-fetch",
        command=[
            *("openapi-generator-cli", "generate", "-i", DOCUMENT, "-g", "typescript-fetch"),
            *("-o", "generated/typescript-fetch"),
            # Otherwise the model of the form is left out, and imported nevertheless.
            *("--global-property", "models,apis,supportingFiles,skipFormModel=false"),
        ],
        harmless=OPENAPI_GENERATOR,
    ),
    Step(
        name="openapi-typescript",
        command=[
            *("openapi-typescript", DOCUMENT),
            *("-o", "generated/openapi-typescript/schema.d.ts"),
            # Members of requests that have a default may be left out.
            "--default-non-nullable=false",
        ],
    ),
    Step(
        name="@hey-api/openapi-ts",
        command=[
            *("openapi-ts", "-i", DOCUMENT, "-o", "generated/hey-api"),
            *("-c", "@hey-api/client-fetch"),
        ],
    ),
    Step(name="orval", command=["orval", "--config", "orval.config.cjs"]),
]
TYPES = [
    Step(
        name="mypy",
        command=["mypy", "--config-file", "mypy.ini", "openapi_python_client.py"],
    ),
    Step(
        name="mypy, OpenAPI Generator",
        command=["mypy", "--config-file", "mypy.ini", "openapi_generator.py"],
    ),
    Step(name="mypy, docs/clients.md", command=["mypy", "--config-file", "mypy.ini", "page.py"]),
    Step(name="tsc", command=["tsc", "--project", "tsconfig.json"]),
]
STORIES = {
    "openapi-python-client": ["python", "openapi_python_client.py"],
    "openapi-generator-python": ["python", "openapi_generator.py"],
    "typescript-fetch": ["node", "built/typescript_fetch.js"],
    "openapi-typescript": ["node", "built/openapi_typescript.js"],
    "hey-api": ["node", "built/hey_api.js"],
    "orval": ["node", "built/orval.js"],
    "docs-python": ["python", "page.py"],
    "docs-javascript": ["node", "page.mjs"],
}


class StepError(Exception):
    """A step failed, or warned."""


def main(environment: Path) -> int:
    with workshop(environment) as work:
        programs = environment_of(environment)
        write_document(work)
        for step in (*LINTERS, *GENERATORS, *TYPES):
            run(step, work, programs)
        server_files = work / "server"
        server_files.mkdir()
        with live_server(directory=server_files) as server:
            for name, command in STORIES.items():
                run(story(name, command, server), work, programs)
    return 0


def story(name: str, command: Sequence[str], server: LiveServer) -> Step:
    """Return the step that plays a story, as a user who is called after the client."""
    return Step(name=f"story: {name}", command=[*command, server.url, name])


@contextmanager
def workshop(environment: Path) -> Iterator[Path]:
    """Yield a folder below the environment, where Node.js finds the packages, with our files."""
    with tempfile.TemporaryDirectory(dir=environment, prefix="work-") as directory:
        work = Path(directory)
        for file in (*(HERE / "configuration").iterdir(), *(HERE / "stories").iterdir()):
            shutil.copy(file, work)
        for language, name in BLOCKS.items():
            blocks = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
            (work / name).write_text("\n\n".join(blocks))
        yield work


def environment_of(environment: Path) -> dict[str, str]:
    folders = [environment / "bin", environment / "node_modules" / ".bin"]
    path = os.pathsep.join([*map(str, folders), os.environ["PATH"]])
    silent = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "CI": "true"}
    return {**os.environ, **silent, "PATH": path, "NO_COLOR": "1"}


def write_document(work: Path) -> None:
    command = [*MANAGE, "spectacular", "--validate", "--fail-on-warn", "--file", DOCUMENT]
    subprocess.run(command, cwd=work, check=True)


def run(step: Step, work: Path, environment: dict[str, str]) -> None:
    """Run a step and print how long it took. Raises StepError."""
    started = time.monotonic()
    done = subprocess.run(
        step.command,
        cwd=work,
        env=environment,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    warnings = [line for line in done.stdout.splitlines() if is_warning(line, step.harmless)]
    if done.returncode or warnings:
        raise StepError(f"{step.name} failed:\n{done.stdout}")
    sys.stdout.write(f"{step.name}: {time.monotonic() - started:.1f} s\n")
    sys.stdout.flush()


def is_warning(line: str, harmless: Sequence[str]) -> bool:
    return bool(WARNING.search(line)) and not any(each in line for each in harmless)


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1]).resolve()))
    except StepError as error:
        sys.exit(str(error))
