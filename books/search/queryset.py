"""Queries that find books by their search text, and writes that keep it up to date."""

from collections.abc import Iterable
from typing import Any, Self, TypeVar

from django.db import models

from books.fields import SETTABLE

from .derived import DERIVED, SOURCES
from .text import Needle, phrase_in, words_of

ModelT = TypeVar("ModelT", bound=models.Model)

KEPT = (*(name for name in SETTABLE if name in SOURCES), *DERIVED)


class SearchQuerySet(models.QuerySet[ModelT]):
    def containing(self, text: str) -> Self:
        """Return the books that contain each word of `text` in any of the searched fields."""
        return self.with_needles(words_of(text))

    def containing_in(self, field: str, *texts: str) -> Self:
        """Return the books whose `field` contains the whole of any of the texts."""
        return self.with_needles(phrase_in(field, *texts))

    def with_needles(self, needles: Iterable[Needle]) -> Self:
        books = self
        for needle in needles:
            books = books.filter(search_text__has_needle=needle)
        return books

    def update(self, **values: Any) -> int:
        """Raises TypeError if a field would change without the columns that follow from it."""
        if SOURCES.intersection(values) and not set(DERIVED).issubset(values):
            raise TypeError(
                "Set these fields by save() or bulk_update(), which compute the columns that "
                "follow from them, such as search_text."
            )
        return super().update(**values)

    def bulk_update(
        self, objs: Iterable[ModelT], fields: Iterable[str], batch_size: int | None = None
    ) -> int:
        objs, fields = list(objs), list(fields)
        if SOURCES.intersection(fields):
            fields = [*dict.fromkeys([*fields, *KEPT])]
            columns: list[Any] = [self.model._meta.get_field(name) for name in DERIVED]
            for book in objs:
                for column in columns:
                    column.pre_save(book, add=False)
        return super().bulk_update(objs, fields, batch_size)

    def bulk_create(self, objs: Iterable[ModelT], *args: Any, **options: Any) -> list[ModelT]:
        """Where an upsert changes a field, it writes the columns that follow from it as well."""
        fields = options.get("update_fields") or ()
        if SOURCES.intersection(fields):
            options["update_fields"] = [*dict.fromkeys([*fields, *KEPT])]
        return super().bulk_create(objs, *args, **options)
