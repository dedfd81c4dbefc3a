"""The model field for the text that searches look at."""

from typing import Any

from django.db import models

from books.fields import SEARCHED
from bookstore_project.db.fields import PlainInMigrations

from .text import search_text


class SearchTextField(PlainInMigrations, models.TextField[Any, Any]):
    """Recomputes its value from the searched fields in each save() and bulk_create()."""

    plain_class = "django.db.models.TextField"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"editable": False, "default": "", **kwargs})

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = search_text(getattr(model_instance, field) for field in SEARCHED)
        setattr(model_instance, self.attname, value)
        return value
