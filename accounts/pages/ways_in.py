"""Routes of the pages by which people come in: they register, and follow the links of mails."""

from django.urls import path
from django.views.decorators.cache import never_cache

from .confirm_email import ConfirmEmailPage
from .mail_requests import (
    CONFIRM_SENT,
    FORGOTTEN_SENT,
    ConfirmAgainPage,
    ForgottenPasswordPage,
    SentPage,
)
from .new_password import InvitationPage, ResetPasswordPage
from .provider_sign_in import ProviderRegisterPage
from .register import RegisterPage, WelcomePage
from .unconfirmed import UnconfirmedPage

forgotten_sent = SentPage.as_view(extra_context={**FORGOTTEN_SENT, "next": ""})
confirm_sent = SentPage.as_view(extra_context={**CONFIRM_SENT, "next": ""})

urlpatterns = [
    path("register/", RegisterPage.open(), name="register"),
    path("providers/register/", ProviderRegisterPage.open(), name="provider-register"),
    path("welcome/", never_cache(WelcomePage.as_view()), name="welcome"),
    path("unconfirmed/", UnconfirmedPage.open(), name="unconfirmed"),
    path("forgotten-password/", ForgottenPasswordPage.open(), name="forgotten-password"),
    path("forgotten-password/sent/", forgotten_sent, name="forgotten-password-sent"),
    path("reset-password/", ResetPasswordPage.open(), name="reset-password"),
    path("invitation/", InvitationPage.open(), name="invitation"),
    path("confirm-email/", ConfirmEmailPage.open(), name="confirm-email"),
    path("confirm-email/again/", ConfirmAgainPage.open(), name="confirm-email-again"),
    path("confirm-email/sent/", confirm_sent, name="confirm-email-sent"),
]
