"""The script that runs django-bolt's own server."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peers.django_site.settings")
    execute_from_command_line(sys.argv)
