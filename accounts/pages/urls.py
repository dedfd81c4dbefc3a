"""Routes of the pages about accounts, below /account/."""

from django.urls import path

from . import (
    access_token,
    data,
    email,
    events,
    name,
    overview,
    passkeys,
    password,
    provider_sign_in,
    providers,
    second_factor,
    sessions,
    tokens,
    ways_in,
)

app_name = "account"
urlpatterns = [
    path("", overview.OverviewPage.as_view(), name="overview"),
    path("sessions/", sessions.SessionsPage.as_view(), name="sessions"),
    path("sessions/end-others/", sessions.EndOthersPage.as_view(), name="end-others"),
    path("sessions/<uuid:sid>/end/", sessions.EndSessionPage.as_view(), name="end-session"),
    path("events/", events.EventsPage.as_view(), name="events"),
    path("password/", password.PasswordPage.as_view(), name="password"),
    path("name/", name.NamePage.as_view(), name="name"),
    path("email/", email.EmailPage.as_view(), name="email"),
    path("email/remove/", email.RemoveEmailPage.as_view(), name="remove-email"),
    path("second-factor/", second_factor.SecondFactorPage.as_view(), name="second-factor"),
    path("second-factor/app/", second_factor.AddAppPage.as_view(), name="add-app"),
    path("second-factor/app/confirm/", second_factor.ConfirmAppPage.as_view(), name="confirm-app"),
    path("second-factor/app/remove/", second_factor.RemoveAppPage.as_view(), name="remove-app"),
    path("passkeys/", passkeys.PasskeysPage.as_view(), name="passkeys"),
    path("passkeys/new/", passkeys.NewPasskeyPage.as_view(), name="new-passkey"),
    path("passkeys/add/", passkeys.AddPasskeyPage.as_view(), name="add-passkey"),
    path("passkeys/<uuid:id>/name/", passkeys.RenamePasskeyPage.as_view(), name="rename-passkey"),
    path("passkeys/<uuid:id>/remove/", passkeys.RemovePasskeyPage.as_view(), name="remove-passkey"),
    path("providers/", providers.ProvidersPage.as_view(), name="providers"),
    path("providers/link/", providers.LinkProviderPage.as_view(), name="link-provider"),
    path(
        "providers/<uuid:id>/remove/",
        providers.RemoveProviderPage.as_view(),
        name="remove-provider",
    ),
    path("providers/<slug:provider>/begin/", provider_sign_in.begin_page, name="provider-begin"),
    path("providers/<slug:provider>/answer/", provider_sign_in.answer_page, name="provider-answer"),
    path("recovery-codes/", second_factor.RecoveryCodesPage.as_view(), name="recovery-codes"),
    path("tokens/", tokens.TokensPage.as_view(), name="tokens"),
    path("tokens/new/", tokens.NewTokenPage.as_view(), name="new-token"),
    path("tokens/<uuid:id>/end/", tokens.EndTokenPage.as_view(), name="end-token"),
    path("access-token/", access_token.AccessTokenPage.as_view(), name="access-token"),
    path("export/", data.ExportPage.as_view(), name="export"),
    path("deletion/", data.DeletionPage.as_view(), name="deletion"),
    *ways_in.urlpatterns,
]
