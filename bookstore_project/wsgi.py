"""The WSGI entry point. BOOKSTORE_ENV is `production` unless it is set."""

import os

import django

from bookstore_project.db.process import PROCESS
from bookstore_project.serving.background import start_background_work
from bookstore_project.serving.handlers import Utf8WSGIHandler
from bookstore_project.serving.startup import require_startup_checks

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookstore_project.settings")
os.environ.setdefault("BOOKSTORE_ENV", "production")

django.setup(set_prefix=False)
require_startup_checks()
PROCESS.answers_requests = True
application = Utf8WSGIHandler()
start_background_work()
