"""Django's handlers, with our classes of requests."""

from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler

from bookstore_project.http.hostile_headers import Utf8ASGIRequest, Utf8WSGIRequest
from bookstore_project.speed.token_requests import CookielessMixin


class Utf8WSGIHandler(CookielessMixin, WSGIHandler):
    request_class = Utf8WSGIRequest


class Utf8ASGIHandler(ASGIHandler):
    request_class = Utf8ASGIRequest
