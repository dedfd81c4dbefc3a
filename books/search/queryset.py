"""Queries that find books by their text, and writes that keep it."""

from collections.abc import Iterable
from typing import Any, Self, TypeVar

from django.db import models

from books.fields import SEARCHED

from .text import Needle, phrase_in, words_of

ModelT = TypeVar("ModelT", bound=models.Model)

KEPT = (*SEARCHED, "search_text")


class SearchQuerySet(models.QuerySet[ModelT]):
    def containing(self, text: str) -> Self:
        """Return the books in which each word of `text` occurs, in any of the searched fields."""
        return self.holding(words_of(text))

    def containing_in(self, field: str, text: str) -> Self:
        """Return the books in whose `field` the whole of `text` occurs."""
        return self.holding(phrase_in(field, text))

    def holding(self, needles: Iterable[Needle]) -> Self:
        books = self
        for needle in needles:
            books = books.filter(search_text__holds=needle)
        return books

    def update(self, **values: Any) -> int:
        """Raises TypeError where the text that books are found by would no longer be theirs."""
        if set(values).intersection(SEARCHED) and "search_text" not in values:
            raise TypeError(
                "Set searched fields by save() or bulk_update(): they are folded there."
            )
        return super().update(**values)

    def bulk_update(
        self, objs: Iterable[ModelT], fields: Iterable[str], batch_size: int | None = None
    ) -> int:
        objs, fields = list(objs), list(fields)
        if set(fields).intersection(SEARCHED):
            fields = [*dict.fromkeys([*fields, *KEPT])]
            column: Any = self.model._meta.get_field("search_text")
            for book in objs:
                column.pre_save(book, add=False)
        return super().bulk_update(objs, fields, batch_size)

    def bulk_create(self, objs: Iterable[ModelT], *args: Any, **options: Any) -> list[ModelT]:
        """Where a row is there already, its text is replaced together with what it is made of."""
        fields = options.get("update_fields") or ()
        if set(fields).intersection(SEARCHED):
            options["update_fields"] = [*dict.fromkeys([*fields, *KEPT])]
        return super().bulk_create(objs, *args, **options)
