"""Create the files in this folder with the versions of Werkzeug that wrote such files.

    python -m books.tests.flask_files.make

Each version gets a temporary environment of its own. Needs the network, and the
Pythons named below on the PATH or under ~/.pyenv/versions. The files are committed: run this
again only to add a version.
"""

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, kw_only=True)
class Era:
    """A version of Werkzeug, its dependencies at that time, and the hashes it could write."""

    werkzeug: str
    python: str
    packages: tuple[str, ...]
    methods: tuple[str, ...]

    @property
    def file(self) -> Path:
        version = "_".join(self.werkzeug.split(".")[:2])
        return HERE / f"bookstore_werkzeug_{version}.db"


ERAS = (
    Era(
        werkzeug="2.0.3",
        python="3.9",
        packages=("Flask==2.0.3", "Flask-SQLAlchemy==2.5.1", "SQLAlchemy==1.4.54"),
        methods=("sha256", "pbkdf2:sha256", "pbkdf2:sha256:150000"),
    ),
    Era(
        werkzeug="2.3.8",
        python="3.11",
        packages=("Flask==2.3.3", "Flask-SQLAlchemy==3.0.5", "SQLAlchemy==2.0.36"),
        methods=("sha256", "pbkdf2:sha256", "scrypt"),
    ),
    Era(
        werkzeug="3.1.3",
        python="3.12",
        packages=("Flask==3.1.0", "Flask-SQLAlchemy==3.1.1", "SQLAlchemy==2.0.36"),
        methods=("scrypt", "pbkdf2", "scrypt:16384:8:1"),
    ),
)


def main() -> None:
    for era in ERAS:
        with tempfile.TemporaryDirectory() as directory:
            python = _environment(era, Path(directory))
            era.file.unlink(missing_ok=True)
            subprocess.run([python, HERE / "old_app.py", era.file, *era.methods], check=True)


def _environment(era: Era, directory: Path) -> Path:
    subprocess.run([_python(era.python), "-m", "venv", directory], check=True)
    python = directory / "bin" / "python"
    packages = [f"Werkzeug=={era.werkzeug}", *era.packages]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    return python


def _python(version: str) -> Path:
    pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    found = pyenv[-1] if pyenv else shutil.which(f"python{version}")
    if found is None:
        raise SystemExit(f"Install Python {version}, or name it python{version} on the PATH.")
    return Path(found)


if __name__ == "__main__":
    main()
