"""The settings of the three Django peers; each has its own ROOT_URLCONF."""

import os
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from peers.surroundings import KEY, PAGE, STORE, TOKEN_MINUTES

SECRET_KEY = KEY
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
USE_TZ = True
TIME_ZONE = "UTC"
ROOT_URLCONF = os.environ.get("BENCH_ROUTES", "peers.django_site.drf")
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "peers.django_site",
    *os.environ.get("BENCH_APPS", "").split(),
]
# As startproject generates it, without the parts that an API does not need.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]
AUTH_USER_MODEL = "django_site.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["peers.django_site.hashers.Argon2"]

_url = urlsplit(STORE)
if _url.scheme == "sqlite":
    _database = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": _url.path.removeprefix("/") if _url.path.startswith("//") else _url.path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }
else:
    _database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _url.path.strip("/"),
        "USER": _url.username,
        "HOST": parse_qs(_url.query)["host"][0],
    }
# Recommended by Django's documentation on performance, and not the default.
DATABASES = {"default": {**_database, "CONN_MAX_AGE": 60}}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "PAGE_SIZE": PAGE,
    "SEARCH_PARAM": "q",
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=TOKEN_MINUTES),
    "USER_ID_FIELD": "public_id",
    "USER_ID_CLAIM": "public_id",
}
