"""Every route. This module alone knows all the apps.

docs/recipes/add-a-route.md lists what else a new route needs.
"""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

import accounts.urls
import books.urls
from accounts.api.views.keys import KeysView
from bookstore_project.api.routes import route
from bookstore_project.openapi.pages import DocumentView, RedocView, SwaggerView
from bookstore_project.web.health import HealthView, ReadyView
from bookstore_project.web.home import NothingHereView, RootView, favicon, home

handler400 = "bookstore_project.http.problems.bad_request"
handler403 = "bookstore_project.http.problems.permission_denied"
handler404 = "bookstore_project.http.problems.page_not_found"
handler500 = "bookstore_project.http.problems.server_error"

canonical_api: list[URLPattern | URLResolver] = [
    # The most frequent routes come first: patterns are tried in turn.
    *books.urls.urlpatterns,
    *accounts.urls.urlpatterns,
    re_path("", NothingHereView.as_view()),
]

urlpatterns = [
    route("api/v1", RootView.as_view(), name="root"),
    path("api/v1/", include(canonical_api)),
    path("", home, name="home"),
    path("favicon.ico", favicon, name="favicon"),
    path("healthz", HealthView.as_view(), name="healthz"),
    path("readyz", ReadyView.as_view(), name="readyz"),
    path(".well-known/jwks.json", KeysView.as_view(), name="jwks"),
    # Where password managers look for the page (W3C, "A Well-Known URL for Changing Passwords").
    path(
        ".well-known/change-password",
        RedirectView.as_view(pattern_name="account:password"),
        name="change-password",
    ),
    path("admin/", admin.site.urls),
    route("api/schema", DocumentView.as_view(), name="schema"),
    route("api/docs", SwaggerView.as_view(), name="docs"),
    route("api/redoc", RedocView.as_view(), name="redoc"),
    path("api/session/", include("accounts.login.pages")),
    path("account/", include("accounts.pages.urls")),
    # The tutorial's own routes. docs/recipes/remove-the-tutorial.md says how to remove them.
    path("", include("bookstore_project.flask_compat.urls")),
]
