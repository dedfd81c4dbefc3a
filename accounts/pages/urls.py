"""Routes of the pages about accounts, below /account/."""

from django.urls import path
from django.views.decorators.cache import never_cache

from . import ways_in
from .overview import OverviewPage

app_name = "account"
urlpatterns = [
    path("", never_cache(OverviewPage.as_view()), name="overview"),
    *ways_in.urlpatterns,
]
