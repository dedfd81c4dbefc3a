"""What every view of the canonical API has."""

from bookstore_project.speed.view_setup import DecidedOnceMixin

from .parameters import KnownParametersMixin


class CanonicalViewMixin(KnownParametersMixin, DecidedOnceMixin):
    """A view that refuses unknown query parameters, and decides once what no request changes."""
