"""Programs that measure what the product's own queries cost, on stores of invented books.

The stores are named by an argument, or the one store by BENCHMARK_DATABASE_URL. What the shell's
environment says for the product, which may name a real database, is left out of it; and with DEBUG
on, Django would keep a log of all statements.
"""

import os

import django
from django.apps import apps

if not apps.ready:
    os.environ["DATABASE_URL"] = os.environ.get("BENCHMARK_DATABASE_URL", "sqlite://:memory:")
    os.environ["DEBUG"] = "false"
    os.environ["LOG_LEVEL"] = "WARNING"
    os.environ["BOOKSTORE_ENV"] = "development"
    os.environ["DJANGO_SETTINGS_MODULE"] = "bookstore_project.settings"
    django.setup()
