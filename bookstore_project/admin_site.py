"""The Django admin as the shop's staff see it."""

from functools import cached_property
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.paginator import Paginator
from django.db.models import QuerySet


class SignInForm(AdminAuthenticationForm):
    error_messages = {
        **AdminAuthenticationForm.error_messages,
        # Django's own sentence says that names tell upper from lower case, which ours do not.
        "invalid_login": "The name or the password is wrong, or the account is not an admin's.",
    }


class BookstoreAdminSite(admin.AdminSite):
    login_form = SignInForm
    site_header = "Bookstore"
    site_title = "Bookstore admin"
    index_title = "Records"


class BoundedPaginator(Paginator[Any]):
    """Counts no further than `maximum_count` rows, so that a page costs the same in any table.

    Rows past the bound are reached by search and filters.
    """

    maximum_count = 10_000

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)  # what the admin passes
        return rows[: self.maximum_count].count()
