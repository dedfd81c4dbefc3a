"""The setting LOGGING of Django."""

from typing import Any


def logging_settings(level: str) -> dict[str, Any]:
    """Return the loggers of a process that log from `level` on."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "request_id": {"()": "bookstore_project.http.request_id.RequestIdFilter"},
            "unavailable": {"()": "bookstore_project.db.log_filter.UnavailableFilter"},
        },
        "formatters": {
            "line": {
                "class": "bookstore_project.serving.log_lines.LineFormatter",
                "format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s",
            }
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "filters": ["request_id"],
                "formatter": "line",
            }
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Django's own handlers would print each line a second time, without the request id.
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.request": {"handlers": [], "level": level, "filters": ["unavailable"]},
            # The message names the Host that is not in ALLOWED_HOSTS; a traceback adds nothing.
            "django.security.DisallowedHost": {"handlers": [], "level": level},
            "django.server": {"handlers": [], "level": level, "propagate": True},
        },
    }
