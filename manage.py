#!/usr/bin/env python
"""Run Django's administrative tasks, in development unless BOOKSTORE_ENV says otherwise.

`serve` alone is the production server, and runs in production as wsgi.py does.
"""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
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
