"""The account page: who somebody is, and where each thing about the account is done."""

from django.contrib.auth.mixins import LoginRequiredMixin
from django.views.generic import TemplateView


class OverviewPage(LoginRequiredMixin, TemplateView):
    """The account page."""

    template_name = "account/overview.html"
