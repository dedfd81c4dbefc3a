"""The URL patterns of the django-bolt peer: none, because bolt finds the handlers in api.py."""

from typing import Any

urlpatterns: list[Any] = []
