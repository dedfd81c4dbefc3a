"""Django's backend for PostgreSQL, with connections that give up in time; DATABASES names it."""
