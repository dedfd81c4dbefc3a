"""One settings module; environment variables set the values that differ between machines.

Every variable read here is listed in docs/settings.md, and nothing else in the project reads the
environment. In production (BOOKSTORE_ENV=production, the default of `manage.py serve`, wsgi.py and
asgi.py) secrets have no default, and start-up fails with a list of all missing variables.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
from django.core.exceptions import ImproperlyConfigured

from bookstore_project.currencies import currency
from bookstore_project.db.configuration import database
from bookstore_project.http import cors_policy
from bookstore_project.log_settings import logging_settings
from bookstore_project.oidc_providers import oidc_providers
from bookstore_project.openapi.configuration import spectacular
from bookstore_project.secret_key import development_factor_key, development_secret_key
from bookstore_project.setting_values import (
    choice,
    days,
    factor_keys,
    key,
    keys,
    link,
    origins,
    password_length,
    password_validators,
    proxy_secret,
    public_url,
    rate,
)

# Makes Django's generic classes accept type arguments at run time (admin.ModelAdmin[Book]).
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()

# --- Which environment this is -------------------------------------------------------------------

BOOKSTORE_ENV = env.str("BOOKSTORE_ENV", default="development")
if BOOKSTORE_ENV not in ("development", "production"):
    raise ImproperlyConfigured(
        f"BOOKSTORE_ENV is {BOOKSTORE_ENV!r}; it must be 'development' or 'production'."
    )
PRODUCTION = BOOKSTORE_ENV == "production"

if PRODUCTION:
    missing = [
        name
        # Without EMAIL_URL, mails and the tokens in them would be printed to the log.
        for name in ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "EMAIL_URL", "PUBLIC_URL")
        if not env.str(name, default="")
    ]
    if missing:
        raise ImproperlyConfigured(
            f"Production needs {', '.join(missing)} in the environment. "
            "docs/settings.md lists every setting."
        )

DEBUG = env.bool("DEBUG", default=not PRODUCTION)
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("DEBUG must not be on in production.")

# --- Secrets -------------------------------------------------------------------------------------

SECRET_KEY = key(
    "SECRET_KEY",
    env.str("SECRET_KEY", default="") or development_secret_key(BASE_DIR / ".secret_key"),
)
SECRET_KEY_FALLBACKS = keys("SECRET_KEY_FALLBACKS", env.str("SECRET_KEY_FALLBACKS", default=""))
JWT_SIGNING_KEY = key("JWT_SIGNING_KEY", env.str("JWT_SIGNING_KEY", default="") or SECRET_KEY)
JWT_FORMER_KEYS = [] if env.str("JWT_SIGNING_KEY", default="") else SECRET_KEY_FALLBACKS

# Encrypt the secrets of second factors (docs/second-factor.md): the first key new ones, and all
# keys decrypt. Production has none unless they are set, and then adds no second factor.
FACTOR_KEYS = factor_keys(env.str("FACTOR_KEYS", default=""))
if not (FACTOR_KEYS or PRODUCTION):
    FACTOR_KEYS = [development_factor_key(BASE_DIR / ".factor_key")]
# Whether admins can do nothing before they have a second factor.
REQUIRE_ADMIN_MFA = env.bool("REQUIRE_ADMIN_MFA", default=False)
if REQUIRE_ADMIN_MFA and not FACTOR_KEYS:
    raise ImproperlyConfigured("REQUIRE_ADMIN_MFA needs FACTOR_KEYS: see docs/second-factor.md.")

# A file with a ring of signing keys (docs/keys.md); without it, JWT_SIGNING_KEY is the only key.
keyring_path = env.str("JWT_KEYRING", default="")
JWT_KEYRING = Path(keyring_path).absolute() if keyring_path else None
# Seconds that the clock of another server may be ahead: tokens it has just issued are accepted.
JWT_CLOCK_SKEW = env.int("JWT_CLOCK_SKEW", default=30)
if JWT_CLOCK_SKEW < 0:
    raise ImproperlyConfigured("JWT_CLOCK_SKEW must be a number of seconds, 0 or more.")

# --- Hosts, HTTPS and proxies --------------------------------------------------------------------

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
# The address of this service for people, in mails: never the Host of a request, which is forgeable.
PUBLIC_URL = public_url("PUBLIC_URL", env.str("PUBLIC_URL", default="http://localhost:8000"))
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Origins whose pages may use the APIs and read the answers; see docs/browser-apps.md.
CORS_ALLOWED_ORIGINS = origins(
    "CORS_ALLOWED_ORIGINS", env.str("CORS_ALLOWED_ORIGINS", default="").split(",")
)
CORS_URLS_REGEX = cors_policy.PATHS
CORS_ALLOW_HEADERS = cors_policy.REQUEST_HEADERS
CORS_EXPOSE_HEADERS = cors_policy.RESPONSE_HEADERS
CORS_PREFLIGHT_MAX_AGE = cors_policy.PREFLIGHT_SECONDS

ROOT_URLCONF = "bookstore_project.urls"
WSGI_APPLICATION = "bookstore_project.wsgi.application"

SESSION_ENGINE = "accounts.login.browser_sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
cookie_prefix = "__Host-" if PRODUCTION else ""  # RFC 6265bis: over HTTPS and by this host alone.
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{cookie_prefix}sessionid", f"{cookie_prefix}csrftoken"
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=PRODUCTION)
# Load balancers probe over plain HTTP; a redirect would not tell them the state of the process.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if PRODUCTION else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=PRODUCTION)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=PRODUCTION)
# Trust this header only behind a proxy that always sets or removes it.
if env.bool("TRUST_X_FORWARDED_PROTO", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# The number of proxies in front of this server that append to X-Forwarded-For.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
# The value of X-Proxy-Secret; forwarded fields in a request without it are ignored.
PROXY_SECRET = proxy_secret(
    env.str("PROXY_SECRET", default=""), is_due=PRODUCTION and TRUSTED_PROXIES > 0
)
if TRUSTED_PROXIES < 0:
    raise ImproperlyConfigured("TRUSTED_PROXIES must be the number of proxies in front, or 0.")
X_FRAME_OPTIONS = "DENY"

# --- Apps, middleware, templates -----------------------------------------------------------------

INSTALLED_APPS = [
    "bookstore_project",
    "accounts",
    "books",
    "bookstore_project.apps.BookstoreAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "corsheaders",
]

MIDDLEWARE = [
    "bookstore_project.http.request_id.RequestIdMiddleware",
    "bookstore_project.http.request_log.RequestLogMiddleware",
    # Before everything that can refuse a request: refusals need its headers too.
    "bookstore_project.http.cors.CredentialsCorsMiddleware",
    "bookstore_project.http.forwarded.ForwardedMiddleware",
    "bookstore_project.serving.busy.BusyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    # In development, runserver serves the static files.
    *(["whitenoise.middleware.WhiteNoiseMiddleware"] if PRODUCTION else []),
    "csp.middleware.CSPMiddleware",
    "bookstore_project.http.rate_limits.RateLimitHeadersMiddleware",
    "bookstore_project.http.caching.PrivateByDefaultMiddleware",
    "bookstore_project.http.body_length.BodyLengthMiddleware",
    "bookstore_project.http.charset.CharsetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "bookstore_project.http.languages.PageLocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "bookstore_project.http.held_form.HeldFormMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database, cache, mail -----------------------------------------------------------------------

# Seconds. A request that the database does not answer in time gets a 503: see docs/serving.md.
DATABASE_CONNECT_TIMEOUT = env.int("DATABASE_CONNECT_TIMEOUT", default=3)
if DATABASE_CONNECT_TIMEOUT < 1:
    raise ImproperlyConfigured("DATABASE_CONNECT_TIMEOUT must be 1 second or more.")
DATABASES = {
    "default": database(
        {
            **env.db_url("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}"),
            "CONN_MAX_AGE": env.int("DATABASE_CONN_MAX_AGE", default=60),
        },
        connect=DATABASE_CONNECT_TIMEOUT,
        statement=env.int("DATABASE_STATEMENT_TIMEOUT", default=15),
        lock=env.int("DATABASE_LOCK_TIMEOUT", default=5),
        tcp_user=env.int("DATABASE_TCP_USER_TIMEOUT", default=3),
        is_prepared=env.bool("DATABASE_PREPARED_STATEMENTS", default=True),
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES: dict[str, dict[str, Any]] = {
    "default": env.cache_url("CACHE_URL", default="locmemcache://")
}
if CACHES["default"]["BACKEND"] == "django.core.cache.backends.locmem.LocMemCache":
    # With Django's 300 entries, an attacker who tries many names would evict the rate counters.
    CACHES["default"]["OPTIONS"] = {"MAX_ENTRIES": 100_000}
elif CACHES["default"]["BACKEND"] == "django.core.cache.backends.redis.RedisCache":
    CACHES["default"]["BACKEND"] = "bookstore_project.db.counters.RedisCounters"
else:
    raise ImproperlyConfigured("CACHE_URL must begin with rediscache:// or locmemcache://.")

email = env.email_url("EMAIL_URL", default="consolemail://")
EMAIL_BACKEND = email["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = email["EMAIL_HOST"], email["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = email["EMAIL_HOST_USER"], email["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = email.get("EMAIL_USE_TLS", False), email.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10  # Seconds: mails are sent one by one, and one must not delay the others.
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="bookstore@localhost")

# --- Static files --------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- Time and language ---------------------------------------------------------------------------

# Pages are translated (http/languages.py); the APIs always answer in English.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "bookstore_project" / "locale"]
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = "bookstore_project.formats"  # One way of writing times, with the zone.

# --- Accounts ------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.NameBackend"]
CSRF_FAILURE_VIEW = "bookstore_project.http.problems.csrf_failure"
# In the session: a cookie could be read by anyone at the screen, and grow.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
LOGIN_URL = "rest_framework:login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
PASSWORD_HASHERS = [
    "accounts.login.hashers.BookstoreArgon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "accounts.login.werkzeug.WerkzeugPasswordHasher",
    "accounts.login.flask_bcrypt.FlaskBcryptPasswordHasher",
]
PASSWORD_MIN_LENGTH = password_length(env.int("PASSWORD_MIN_LENGTH", default=8))  # Characters.
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = password_validators(PASSWORD_MIN_LENGTH)
# `required`: accounts that register from now on log in once their address is confirmed.
EMAIL_VERIFICATION = choice(
    "EMAIL_VERIFICATION", env.str("EMAIL_VERIFICATION", default="optional"), "optional", "required"
)
# Seconds until a token in a mail expires; that of an invitation is valid for a week.
PASSWORD_RESET_TIMEOUT = 3600
# Target addresses of the links in mails; see accounts/mail/texts.py.
PASSWORD_RESET_URL = link("PASSWORD_RESET_URL", env.str("PASSWORD_RESET_URL", default=""))
EMAIL_CONFIRM_URL = link("EMAIL_CONFIRM_URL", env.str("EMAIL_CONFIRM_URL", default=""))
# With which people sign in, by their ids; see docs/sign-in-providers.md.
OIDC_PROVIDERS = oidc_providers(env.str("OIDC_PROVIDERS", default=""), is_production=PRODUCTION)
# Whether users are told by mail about the events in accounts/mail/notices.py.
SECURITY_MAILS = env.bool("SECURITY_MAILS", default=True)
# Days that the record of logins and account changes is kept.
AUTH_EVENT_DAYS = days("AUTH_EVENT_DAYS", env.int("AUTH_EVENT_DAYS", default=365), least=0)
# Whether users may make API tokens that never expire. Without it, 366 days are the longest.
API_TOKENS_WITHOUT_EXPIRY = env.bool("API_TOKENS_WITHOUT_EXPIRY", default=False)
# Days that the deletions in the feed of changes are kept, and that its cursors are accepted.
FEED_DAYS = days("FEED_DAYS", env.int("FEED_DAYS", default=90), least=1)
# Quota and window in seconds of each limit; see accounts/login/limits.py.
RATE_LIMITS = {
    name: rate(variable, env.str(variable, default=default))
    for name, variable, default in (
        ("register", "LIMIT_REGISTER", "30/3600"),
        ("login", "LIMIT_LOGIN", "60/60"),
        ("refresh", "LIMIT_REFRESH", "120/60"),
        ("reset", "LIMIT_RESET", "20/3600"),
        ("reset-mail", "LIMIT_RESET_MAIL", "5/3600"),
        ("failed-login", "LIMIT_FAILED_LOGIN", "10/900"),
        ("import", "LIMIT_IMPORT", "30/3600"),
        ("known-address", "LIMIT_KNOWN_ADDRESS", "5/900"),
        ("second-factor", "LIMIT_SECOND_FACTOR", "30/86400"),
        ("rename", "LIMIT_RENAME", "10/86400"),
        ("api-token", "LIMIT_API_TOKEN", "30/3600"),
        ("slow-search", "LIMIT_SLOW_SEARCH", "40/3600"),
        ("slow-list", "LIMIT_SLOW_LIST", "120/3600"),
        ("slow-batch", "LIMIT_SLOW_BATCH", "60/3600"),
    )
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=45),
    "ALGORITHM": "HS256",
    "SIGNING_KEY": JWT_SIGNING_KEY,
    "USER_ID_FIELD": "public_id",
    "USER_ID_CLAIM": "public_id",
}

# --- The API -------------------------------------------------------------------------------------

# Bytes of a request body; a larger one is answered 413.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
# Bounds of an import: unpacked bytes, rows (refused and blank ones too), seconds until given up.
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=8_388_608)
IMPORT_MAX_ROWS = env.int("IMPORT_MAX_ROWS", default=50_000)
IMPORT_MAX_SECONDS = env.int("IMPORT_MAX_SECONDS", default=45)
CURRENCY = currency("CURRENCY", env.str("CURRENCY", default=""))  # Of all prices; "" for none.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 300  # Of a form, or a query. The admin's list of books has most.
FILE_UPLOAD_HANDLERS = ["bookstore_project.http.uploads.RefuseUploads"]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.tokens.authentication.TokenAuthentication",
        "accounts.tokens.required_factor.BrowserAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": [
        "bookstore_project.api.parsers.JSONParser",
        "bookstore_project.api.parsers.FormParser",
        "bookstore_project.api.parsers.MultiPartParser",
    ],
    "DEFAULT_RENDERER_CLASSES": [
        "bookstore_project.api.renderers.JSONRenderer",
        "bookstore_project.web.browsable.BrowsableRenderer",
    ],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "bookstore_project.api.negotiation.ProblemNegotiation",
    "DEFAULT_FILTER_BACKENDS": ["bookstore_project.api.filtering.StrictFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "bookstore_project.paging.paginator.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "bookstore_project.openapi.http_schema.HttpAutoSchema",
    "EXCEPTION_HANDLER": "bookstore_project.api.exception_handler.exception_handler",
    "VIEW_NAME_FUNCTION": "bookstore_project.web.browsable.view_name",
    "PAGE_SIZE": 20,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = spectacular(contact=env.str("CONTACT_EMAIL", default=""))

# Every page works offline: nothing is loaded from other hosts, no inline script runs, and no style
# is in a page itself. openapi/pages.py adds what ReDoc needs.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- Logs ----------------------------------------------------------------------------------------

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
# One log line for each response. In development, runserver writes its own.
REQUEST_LOG = env.bool("REQUEST_LOG", default=PRODUCTION)
# Whether bookstore_project/speed is used, and the fast ways that it lists; responses are the same.
FAST_PATH = env.bool("FAST_PATH", default=True)
LOGGING = logging_settings(LOG_LEVEL)
