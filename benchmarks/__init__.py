"""Programs that measure the cost of the product's queries, on stores of generated books.

An argument names the stores, or BENCHMARK_DATABASE_URL names the only store. The shell's variables
for the product, which may name a real database, are ignored. DEBUG is off, because with DEBUG
Django would keep a log of all statements.
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
