#!/usr/bin/env python
"""Run Django's administrative tasks, in development unless BOOKSTORE_ENV says otherwise."""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookstore_project.settings")
    os.environ.setdefault("BOOKSTORE_ENV", "development")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
