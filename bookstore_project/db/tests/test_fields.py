"""The shared model fields, tested with the name of users."""

from typing import Any

import pytest

from accounts.identity.names import name_key
from accounts.models import User
from bookstore_project.db.fields import DerivedCharField

COLUMN = User._meta.get_field("name_key")


def test_save_computes_the_column(ada: User) -> None:
    ada.name = "Ada LOVELACE"
    ada.save()

    ada.refresh_from_db()
    assert ada.name_key == name_key("Ada LOVELACE")


@pytest.mark.django_db
def test_bulk_create_computes_the_column() -> None:
    User.objects.bulk_create([User(name="ＡＤＡ"), User(name="Straße")])

    assert list(User.objects.order_by("pk").values_list("name_key", flat=True)) == [
        name_key("ＡＤＡ"),
        name_key("Straße"),
    ]


@pytest.mark.django_db
def test_a_value_of_ones_own_is_replaced() -> None:
    user = User.objects.create(name="Ada", name_key="somebody else")

    assert user.name_key == name_key("Ada")


def test_no_form_offers_the_column() -> None:
    assert isinstance(COLUMN, DerivedCharField)
    assert not COLUMN.editable


@pytest.mark.parametrize(
    ("column", "plain"),
    [
        ("name", "django.db.models.CharField"),
        ("name_key", "django.db.models.CharField"),
        ("email", "django.db.models.EmailField"),
    ],
)
def test_migrations_see_a_field_of_django(column: str, plain: str) -> None:
    field: Any = User._meta.get_field(column)
    name, path, args, kwargs = field.deconstruct()

    assert (name, path, args) == (column, plain, [])
    assert not {"source", "derive"} & set(kwargs)
