"""The ASGI entry point. A web server that loads it runs in production unless told otherwise."""

import os

import django

from bookstore_project.handlers import Utf8ASGIHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookstore_project.settings")
os.environ.setdefault("BOOKSTORE_ENV", "production")

django.setup(set_prefix=False)
application = Utf8ASGIHandler()
