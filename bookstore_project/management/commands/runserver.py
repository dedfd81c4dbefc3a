"""`runserver` that takes bodies in chunks, as `serve` does."""

from django.contrib.staticfiles.management.commands import runserver

from bookstore_project.serving.chunks import ChunkedServer


class Command(runserver.Command):
    server_cls = ChunkedServer
