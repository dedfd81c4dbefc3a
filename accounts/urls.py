"""Canonical routes of accounts, below /api/v1/. docs/recipes/add-a-route.md: what a route needs."""

from accounts.api.views.api_tokens import (
    ApiTokensView,
    ApiTokenView,
    UserApiTokensView,
    UserApiTokenView,
)
from accounts.api.views.auth import RegisterView, TokenRefreshView, TokenVerifyView, TokenView
from accounts.api.views.deletion import DeletionView, UserDeletionView
from accounts.api.views.emails import (
    EmailConfirmView,
    EmailResendView,
    EmailView,
    OwnEmailConfirmView,
)
from accounts.api.views.events import EventsView
from accounts.api.views.factors import (
    FactorsView,
    RecoveryCodesView,
    TotpConfirmView,
    TotpView,
    UserFactorsView,
)
from accounts.api.views.passkeys import (
    NewPasskeyView,
    PasskeyLoginView,
    PasskeyOptionsView,
    PasskeysView,
    PasskeyView,
)
from accounts.api.views.reset import PasswordResetConfirmView, PasswordResetView
from accounts.api.views.second_factor import SecondFactorView
from accounts.api.views.sessions import LogoutView, SessionsView, SessionView, UserSessionsView
from accounts.api.views.step_up import StepUpOptionsView, StepUpView
from accounts.api.views.users import PasswordView, ProfileView, UserViewSet
from bookstore_project.api.fields import UUID_TEXT
from bookstore_project.api.routes import OptionalSlashRouter, route

router = OptionalSlashRouter()
router.register("users", UserViewSet, basename="user")

urlpatterns = [
    route("auth/register", RegisterView.as_view(), name="register"),
    route("auth/token", TokenView.as_view(), name="token"),
    route("auth/token/refresh", TokenRefreshView.as_view(), name="token-refresh"),
    route("auth/token/second-factor", SecondFactorView.as_view(), name="second-factor"),
    route("auth/token/verify", TokenVerifyView.as_view(), name="token-verify"),
    route("auth/password-reset", PasswordResetView.as_view(), name="password-reset"),
    route(
        "auth/password-reset/confirm",
        PasswordResetConfirmView.as_view(),
        name="password-reset-confirm",
    ),
    route("auth/email/confirm", EmailConfirmView.as_view(), name="auth-email-confirm"),
    route("auth/email/resend", EmailResendView.as_view(), name="auth-email-resend"),
    route("auth/passkey", PasskeyLoginView.as_view(), name="passkey-login"),
    route("auth/passkey/options", PasskeyOptionsView.as_view(), name="passkey-options"),
    route("auth/step-up/options", StepUpOptionsView.as_view(), name="step-up-options"),
    route("auth/step-up", StepUpView.as_view(), name="step-up"),
    route("auth/logout", LogoutView.as_view(), name="logout"),
    route("auth/sessions", SessionsView.as_view(), name="session-list"),
    route(f"auth/sessions/(?P<sid>{UUID_TEXT})", SessionView.as_view(), name="session"),
    route(
        f"users/(?P<public_id>{UUID_TEXT})/sessions",
        UserSessionsView.as_view(),
        name="user-sessions",
    ),
    route(
        f"users/(?P<public_id>{UUID_TEXT})/tokens", UserApiTokensView.as_view(), name="user-tokens"
    ),
    route(
        f"users/(?P<public_id>{UUID_TEXT})/tokens/(?P<id>{UUID_TEXT})",
        UserApiTokenView.as_view(),
        name="user-token",
    ),
    route(
        f"users/(?P<public_id>{UUID_TEXT})/factors",
        UserFactorsView.as_view(),
        name="user-factors",
    ),
    route(
        f"users/(?P<public_id>{UUID_TEXT})/deletion",
        UserDeletionView.as_view(),
        name="user-deletion",
    ),
    route("users/me/deletion", DeletionView.as_view(), name="deletion"),
    route("users/me/tokens", ApiTokensView.as_view(), name="api-token-list"),
    route(f"users/me/tokens/(?P<id>{UUID_TEXT})", ApiTokenView.as_view(), name="api-token"),
    route("users/me/password", PasswordView.as_view(), name="password"),
    route("users/me/email", EmailView.as_view(), name="email"),
    route("users/me/email/confirm", OwnEmailConfirmView.as_view(), name="email-confirm"),
    route("users/me/factors", FactorsView.as_view(), name="factors"),
    route("users/me/totp", TotpView.as_view(), name="totp"),
    route("users/me/totp/confirm", TotpConfirmView.as_view(), name="totp-confirm"),
    route("users/me/passkeys", PasskeysView.as_view(), name="passkey-list"),
    route("users/me/passkeys/options", NewPasskeyView.as_view(), name="passkey-new"),
    route(f"users/me/passkeys/(?P<id>{UUID_TEXT})", PasskeyView.as_view(), name="passkey"),
    route("users/me/recovery-codes", RecoveryCodesView.as_view(), name="recovery-codes"),
    route("users/me/events", EventsView.as_view(), name="event-list"),
    route("users/me", ProfileView.as_view(), name="user-me"),
    *router.urls,
]
