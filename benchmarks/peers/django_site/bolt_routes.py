"""The routes of the peer on django-bolt: its handlers in api.py are found by bolt itself."""

from typing import Any

urlpatterns: list[Any] = []
