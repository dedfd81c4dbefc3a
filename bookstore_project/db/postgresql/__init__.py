"""Django's backend for PostgreSQL with bounded waits; settings.DATABASES names it."""
