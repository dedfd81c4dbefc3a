"""Canonical routes of accounts, below /api/v1/."""

from bookstore_project.routers import OptionalSlashRouter, route

from .views import (
    ProfileView,
    RegisterView,
    TokenRefreshView,
    TokenVerifyView,
    TokenView,
    UserViewSet,
)

router = OptionalSlashRouter()
router.register("users", UserViewSet, basename="user")

urlpatterns = [
    route("auth/register", RegisterView.as_view(), name="register"),
    route("auth/token", TokenView.as_view(), name="token"),
    route("auth/token/refresh", TokenRefreshView.as_view(), name="token-refresh"),
    route("auth/token/verify", TokenVerifyView.as_view(), name="token-verify"),
    route("users/me", ProfileView.as_view(), name="user-me"),
    *router.urls,
]
