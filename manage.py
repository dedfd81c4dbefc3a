#!/usr/bin/env python
"""Run Django's administrative tasks, in development unless BOOKSTORE_ENV says otherwise.

`serve` alone is the production server, and runs in production as wsgi.py does.

Files that a command makes are for their owner alone (umask 077): the database holds password hashes
and the keys of sessions. collectstatic keeps the umask that it is started with: what it writes is
public, and another user may serve it.
"""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from bookstore_project import __version__


def main() -> None:
    if sys.argv[1:] in (["version"], ["--version"]):
        # Django would print its own.
        print(__version__)  # noqa: T201  # the output of this command
        return
    if sys.argv[1:2] != ["collectstatic"]:
        # Before the settings are read: they make the secret key of a development checkout.
        os.umask(0o077)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookstore_project.settings")
    is_serving = sys.argv[1:2] == ["serve"]
    os.environ.setdefault("BOOKSTORE_ENV", "production" if is_serving else "development")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # Whoever set a variable wrongly looks for what to set, not for our code.
        if "--traceback" in sys.argv:
            raise
        sys.exit(str(error))


if __name__ == "__main__":
    main()
