"""The columns by which look-alikes are found: beside the release before, and in large tables."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.models.name_look import NAME_LOOKS
from accounts.services import name_looks
from accounts.services import users as services
from bookstore_project.db.turns import take_turns
from conftest import PASSWORD
from tests.client import ConformingClient

MIGRATION = ("accounts", "0019_look_alikes")
LOOK_ALIKES: Any = import_module("accounts.migrations.0019_look_alikes")
CYRILLIC_SCOPE = "ѕсоре"
NONE: dict[str, Any] = dict.fromkeys(NAME_LOOKS)


def register(name: str) -> int:
    body = {"name": name, "password": PASSWORD}
    status: int = ConformingClient().post("/api/v1/auth/register", body).status_code
    return status


def looks(user: User) -> tuple[Any, ...]:
    return tuple(User.everyone.values_list(*NAME_LOOKS).get(pk=user.pk))


def stored_by_the_release_before(user: User, name: str | None = None) -> None:
    """Store a user, or another name, without the columns."""
    if name is None:
        User.objects.filter(pk=user.pk).update(**NONE)
    else:
        User.objects.filter(pk=user.pk).update(name=name, name_key=name.lower())


def stale() -> list[str]:
    return list(User.everyone.with_stale_look().order_by("pk").values_list("name", flat=True))


def test_prune_computes_what_the_release_before_left_out(
    make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(name_looks, "BATCH", 2)
    users = [make_user(name) for name in ("scope", "kim", "ada  lovelace", "12345", "山田taro")]
    before = [looks(user) for user in users]
    for user in users:
        stored_by_the_release_before(user)
    assert looks(users[0]) == (None, None, None)
    assert len(stale()) == 5
    # Nobody's name is compared with such a name until then.
    assert register(CYRILLIC_SCOPE) == 201
    User.objects.get(name=CYRILLIC_SCOPE).delete()
    call_command("prune", stdout=StringIO())
    assert stale() == []
    assert [looks(user) for user in users] == before
    assert register(CYRILLIC_SCOPE) == 409


def test_a_name_that_the_release_before_changed_is_computed_again(
    make_user: Callable[..., User],
) -> None:
    user = make_user("periscope")
    stored_by_the_release_before(user, "scope")
    assert stale() == ["scope"]
    assert name_looks.name_looks_fill() == 1
    assert stale() == []
    assert register(CYRILLIC_SCOPE) == 409
    # Nobody has the former name any more.
    assert register("регіѕсоре") == 201


def test_a_closed_account_is_filled_too(make_user: Callable[..., User]) -> None:
    user = make_user("scope", is_active=False)
    User.objects.filter(pk=user.pk).update(deleted_at="2026-01-05T09:30:00Z", **NONE)
    assert name_looks.name_looks_fill() == 1
    assert None not in looks(user)


def test_a_name_that_changes_meanwhile_is_left_alone(
    make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    user = make_user("scope")
    stored_by_the_release_before(user)
    read = User.everyone.get(pk=user.pk)
    stored_by_the_release_before(user, "kim")
    assert name_looks.name_look_fill(read) == 0
    assert looks(user) == (None, None, None)


def test_every_way_of_writing_a_name_stores_its_look(db: None) -> None:
    made = [
        User.objects.create(name="scope"),
        User.objects.create_user("scope 2"),
        *User.objects.bulk_create([User(name="scope 3")]),
    ]
    assert all(None not in looks(user) for user in made)
    user = made[0]
    before, user.name = looks(user), "kim"
    user.save(update_fields=["name"])
    assert looks(user) != before
    assert stale() == []


# --- The migration --------------------------------------------------------------------------------


@pytest.fixture
def before(transactional_db: None) -> Iterator[Any]:
    """The models of accounts before the columns."""
    executor = MigrationExecutor(connection)
    (earlier,) = executor.loader.get_migration(*MIGRATION).dependencies
    executor.migrate([earlier])
    yield executor.loader.project_state([earlier]).apps
    _to_latest()


def _to_latest() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes("accounts"))


def test_migrate_computes_the_look_of_the_names_that_are_there(
    before: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    before.get_model("accounts", "User").objects.create(name="scope", name_key="scope")
    # After a migration to an earlier state there is nothing to compute.
    name_looks.complete(using="default")
    _to_latest()
    # Each step of an interrupted run can be repeated.
    executor = MigrationExecutor(connection)
    executor.loader.check_consistent_history(connection)
    state = executor.loader.project_state(MIGRATION)
    earlier = executor.loader.project_state([MIGRATION], at_end=False)
    with connection.schema_editor(atomic=False) as editor:
        for operation in LOOK_ALIKES.Migration.operations:
            operation.database_forwards("accounts", editor, earlier, state)
    assert stale() == ["scope"]
    name_looks.complete(using="default")
    assert "Computed the look of 1 names." in capsys.readouterr().out
    assert stale() == []
    name_looks.complete(using="default", verbosity=0)
    assert capsys.readouterr().out == ""
    assert register(CYRILLIC_SCOPE) == 409


def test_nothing_is_computed_without_the_table(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(User._meta, "db_table", "accounts_nobody")
    name_looks.complete(using="default")


# --- Costs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["scope", "ada lovelace", "12345", "Ольга Б"])
def test_registration_reads_no_table(db: None, name: str) -> None:
    User.objects.bulk_create(User(name=f"user {number}") for number in range(2_000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as captured:
        assert register(name) == 201
    asked = [
        query["sql"]
        for query in captured
        if query["sql"].startswith("SELECT 1") and "name_skeleton" in query["sql"]
    ]
    # Before the password is hashed, and after the name is written.
    assert len(asked) == (0 if name == "12345" else 2)
    kind = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}[connection.vendor]
    for sql in asked:
        with connection.cursor() as cursor:
            cursor.execute(f"{kind} {sql}")
            plan = "\n".join(str(row[-1]) for row in cursor.fetchall())
        assert "SCAN accounts_user" not in plan
        assert "Seq Scan" not in plan
        assert "user_name_skeleton" in plan


def test_a_new_case_of_a_name_costs_no_look_up(
    ada: User,
    client_of: Callable[[User], ConformingClient],
) -> None:
    client = client_of(ada)
    with CaptureQueriesContext(connection) as captured:
        body = {"name": "ADA", "current_password": PASSWORD}
        assert client.patch("/api/v1/users/me", body).status_code == 200
    assert not [query for query in captured if 'name_script" IN' in query["sql"]]


# --- Two at once ----------------------------------------------------------------------------------


@pytest.mark.skipif(connection.vendor != "postgresql", reason="writers take turns on SQLite")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "names", [("scope", CYRILLIC_SCOPE), ("ada lovelace", "ada  lovelace")], ids=["look", "spaces"]
)
def test_two_who_choose_names_that_look_alike_at_once_do_not_both_get_them(
    names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    both_are_past_the_first_look = threading.Barrier(2, timeout=10)

    def together(space: int, values: Any) -> None:
        both_are_past_the_first_look.wait()
        take_turns(space, values)

    monkeypatch.setattr(services, "take_turns", together)

    def attempt(name: str) -> int:
        try:
            return register(name)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(attempt, names)) == [201, 409]
    assert User.objects.count() == 1
