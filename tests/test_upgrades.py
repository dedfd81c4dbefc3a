"""Private and undocumented names that the product uses; docs/upgrading.md lists their uses.

A test that fails here after an upgrade means: read that page before anything else.
"""

import inspect
import pkgutil
from pathlib import Path
from typing import Any

import jwt
import pytest
from confusable_homoglyphs.utils import load
from django.conf import settings
from django.contrib.auth.middleware import get_user
from django.contrib.sessions.backends.cache import SessionStore
from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql import Query
from django.test import RequestFactory

from books.models import Book

PAGE = Path(settings.BASE_DIR) / "docs" / "upgrading.md"

# Each name, and the parameters that we pass or override; None if it is not a function.
NAMES: dict[str, list[str] | None] = {
    "granian.wsgi:_callback_wrapper": ["callback", "scope_opts", "access_log_fmt"],
    "granian.server.mp:_wsgi_call_wrap": ["callback", "scope_opts", "access_log_fmt"],
    "granian.server:MPServer.signal_handler_reload": ["self", "args", "kwargs"],
    "django.contrib.auth.tokens:PasswordResetTokenGenerator._now": ["self"],
    "django.http:HttpRequest._set_content_type_params": ["self", "meta"],
    "django.contrib.sessions.backends.db:SessionStore._get_session_from_db": ["self"],
    "django.db.models:Model._do_insert": [
        "self",
        "manager",
        "using",
        "fields",
        "returning_fields",
        "raw",
    ],
    "django.db.models.sql:InsertQuery.insert_values": ["self", "fields", "objs", "raw"],
    "django.db.models.query:get_related_populators": ["klass_info", "select", "db"],
    "django.db.models.sql.datastructures:BaseTable": ["self", "table_name", "alias"],
    "django.db.models.sql.where:WhereNode.create": None,
    "django.db.backends.base.base:BaseDatabaseWrapper.queries_logged": None,
    "django.db.backends.base.base:BaseDatabaseWrapper.close_if_health_check_failed": ["self"],
    "django.db.backends.base.base:BaseDatabaseWrapper.wrap_database_errors": None,
    "drf_spectacular.openapi:AutoSchema._get_request_body": ["self", "direction"],
    "drf_spectacular.openapi:AutoSchema._get_response_bodies": ["self", "direction"],
    "drf_spectacular.openapi:AutoSchema._is_list_view": ["self", "serializer"],
    "drf_spectacular.views:SpectacularAPIView._get_schema_response": ["self", "request"],
    "corsheaders.middleware:CorsMiddleware.add_response_headers": ["self", "request", "response"],
    "corsheaders.middleware:CorsMiddleware.origin_found_in_white_lists": ["self", "origin", "url"],
    "rest_framework.request:is_form_media_type": ["media_type"],
    "confusable_homoglyphs.utils:load": ["filename"],
    "precis_i18n.profile:OpaqueString.apply_five_rules": ["self", "value"],
}


@pytest.mark.parametrize(("name", "parameters"), NAMES.items(), ids=NAMES)
def test_a_name_is_as_we_use_it(name: str, parameters: list[str] | None) -> None:
    found = pkgutil.resolve_name(name)
    if parameters is not None:
        called = found.__init__ if inspect.isclass(found) else found
        names = [each for each in inspect.signature(called).parameters if each != "kwargs"]
        expected = [each for each in parameters if each != "kwargs"]
        assert names[: len(expected)] == expected
    last = name.rpartition(":")[2].rpartition(".")[2]
    assert last in PAGE.read_text()


# Attributes in the key of compiled SQL (speed/query_shapes.py). A new one that changes the SQL
# and is in neither list would return the rows of another query, without an error.
IN_THE_KEY = {
    "model",
    "where",
    "values_select",
    "select_related",
    "deferred_loading",
    "order_by",
    "standard_ordering",
    "low_mark",
    "high_mark",
}
REFUSED = {
    "annotations",
    "combinator",
    "distinct",
    "extra",
    "extra_order_by",
    "group_by",
    "select_for_update",
    "default_cols",
    # Without effect unless the ones above are set.
    "combinator_all",
    "combined_queries",
    "distinct_fields",
    "select_for_no_key_update",
    "select_for_update_nowait",
    "select_for_update_of",
    "select_for_update_skip_locked",
}
# Derived from the others, about subqueries, or without effect on the SQL for rows of one table.
DERIVED = {
    "_annotation_select_cache",
    "_extra_select_cache",
    "_filtered_relations",
    "_subquery_fields_len",
    "alias_cols",
    "alias_map",
    "alias_prefix",
    "alias_refcount",
    "annotation_select",
    "annotation_select_mask",
    "base_table",
    "compiler",
    "default_ordering",
    "empty_result_set_value",
    "explain_info",
    "external_aliases",
    "extra_select",
    "extra_select_mask",
    "extra_tables",
    "filter_is_sticky",
    "has_select_fields",
    "is_sliced",
    "max_depth",
    "output_field",
    "select",
    "selected",
    "subq_aliases",
    "subquery",
    "table_map",
    "used_aliases",
}


def test_each_attribute_of_a_query_is_judged() -> None:
    query: Any = Book.objects.all().query
    of_class = {
        name
        for name in vars(Query)
        if not name.startswith("__") and not callable(getattr(Query, name))
    }
    # `compiler` is a string on the class; methods are callable.
    assert {*vars(query), *of_class} == IN_THE_KEY | REFUSED | DERIVED


ROWS = {
    "_iterable_class": "compared",
    "_known_related_objects": "refused",
    "_prefetch_related_lookups": "refused",
    "_db": "in the key, as rows.db",
    "_query": "above",
    "model": "in the key",
    "_for_write": "part of rows.db",
    "_hints": "part of rows.db",
    # Attributes of a queryset that was evaluated, or is being built.
    "_defer_next_filter": "of filter() alone",
    "_deferred_filter": "applied by `query`",
    "_fields": "of values() alone",
    "_prefetch_done": "of its results",
    "_result_cache": "of its results",
    "_sticky_filter": "of filter() alone",
}


def test_each_attribute_of_a_queryset_is_judged() -> None:
    assert set(vars(QuerySet(Book))) == set(ROWS)


def test_a_connection_has_what_driver_queries_ask_of_it() -> None:
    for name in (
        "execute_wrappers",
        "health_check_done",
        "connection",
        "ops",
        "validate_thread_sharing",
    ):
        assert hasattr(connection, name)
        assert name in PAGE.read_text()


def test_each_confusable_letter_has_one_prototype() -> None:
    pairs: dict[str, set[str]] = {}
    for text, others in load("confusables.json").items():
        pairs[text] = {other["c"] for other in others}
    assert len(pairs) > 9_000
    for text, others in pairs.items():
        assert all(text in pairs[other] for other in others)
        # One end of each pair has no other partner: it is the letter, the other its prototype.
        assert len(others) == 1 or all(len(pairs[other]) == 1 for other in others)


def test_pyjwt_keeps_its_algorithms_where_we_put_ours() -> None:
    assert isinstance(vars(jwt.PyJWT())["_jws"], jwt.PyJWS)


def test_a_request_has_what_is_asked_of_its_body_and_its_sender(rf: RequestFactory) -> None:
    cached, stream, started = names = ("_cached_user", "_stream", "_read_started")
    request = rf.post("/", {"name": "Emma"})
    request.session = SessionStore()
    assert not hasattr(request, cached)
    user = get_user(request)
    assert getattr(request, cached) is user
    assert hasattr(request, stream)
    assert getattr(request, started) is False
    assert request.body
    assert getattr(request, started)
    for name in names:
        assert name in PAGE.read_text()
