"""Many rows are deleted in short transactions."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from bookstore_project.db import pace, steps
from bookstore_project.db.steps import delete_in_steps

pytestmark = pytest.mark.django_db


def test_a_step_has_so_many_rows(
    monkeypatch: pytest.MonkeyPatch, make_user: Callable[..., User]
) -> None:
    monkeypatch.setattr(steps, "STEP", 2)
    monkeypatch.setattr(pace, "GAPS", ((float("inf"), 0),))
    monkeypatch.setattr(pace, "LONG", 0)
    users = [make_user(name) for name in ("a1", "b2", "c3", "d4", "e5")]
    kept = make_user("kept")

    with CaptureQueriesContext(connection) as queries:
        assert delete_in_steps(User.objects.exclude(pk=kept.pk)) == len(users)

    deletions = [q for q in queries if q["sql"].startswith('DELETE FROM "accounts_user"')]
    assert len(deletions) == 3
    assert User.objects.get() == kept
