"""Instances of models from rows of their columns, without what Django does for each in vain.

A model's `__init__` is made for any arguments and tells two signals. A row has each column once, in
a known order, and mostly nobody listens.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model
from django.db.models.base import ModelState
from django.db.models.fields.related_descriptors import ForeignKeyDeferredAttribute
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import post_init, pre_init

# What stands for a column in the class, and leaves its value alone.
PLAIN_ATTRIBUTES = (DeferredAttribute, ForeignKeyDeferredAttribute)


class InstanceMaker:
    """Makes the instances of a query, with those that select_related() names.

    Arguments:
        klass_info, select: as the compiler of the query has them.
        alias: the database that the rows are read from.
    """

    def __init__(self, klass_info: Any, select: Sequence[Any], alias: str) -> None:
        self.model: type[Model] = klass_info["model"]
        self.alias = alias
        self.places: list[int] = list(klass_info["select_fields"])
        self.attributes = [select[place][0].target.attname for place in self.places]
        self.key = self.places[self.attributes.index(self.model._meta.pk.attname)]
        self.is_plain = is_plain(self.model, self.attributes)
        self.related = [
            (InstanceMaker(info, select, alias), info["local_setter"], info["remote_setter"])
            for info in klass_info.get("related_klass_infos", ())
        ]

    def instance(self, row: Sequence[Any]) -> Any:
        values = [row[place] for place in self.places]
        if self.is_plain and not (pre_init.receivers or post_init.receivers):
            made = self.model.__new__(self.model)
            state = ModelState()
            state.adding, state.db = False, self.alias
            vars(made).update(zip(self.attributes, values, strict=True), _state=state)
        else:
            made = self.model.from_db(self.alias, self.attributes, values)
        for maker, set_here, set_there in self.related:
            other = None if row[maker.key] is None else maker.instance(row)
            set_here(made, other)
            if other is not None:
                set_there(other, made)
        return made


def is_plain(model: type[Model], attributes: Sequence[str]) -> bool:
    """Return whether an instance is nothing but the values of its columns."""
    has_own_making = (
        model.__init__ is not Model.__init__ or model.from_db.__func__ is not Model.from_db.__func__  # type: ignore[attr-defined]  # a method
    )
    return not has_own_making and all(
        type(getattr(model, attribute)) in PLAIN_ATTRIBUTES for attribute in attributes
    )
