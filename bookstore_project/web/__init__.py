"""Pages for people: the Django admin's."""
