"""Pages for people: home, sign-in, the browsable API, the Django admin, and the probes."""
