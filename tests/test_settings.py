"""The one settings module: safe in production, ready to use in development."""

import json
import re
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from bookstore_project import __version__
from bookstore_project.db.process import PROCESS

from .production import KEY, PRODUCTION

ROOT = Path(settings.BASE_DIR)
SETTINGS = str(ROOT / "bookstore_project" / "settings.py")

VARIABLES = {
    "ALLOWED_HOSTS",
    "API_TOKENS_WITHOUT_EXPIRY",
    "BOOKSTORE_ENV",
    "CACHE_URL",
    "CORS_ALLOWED_ORIGINS",
    "CONTACT_EMAIL",
    "CSRF_TRUSTED_ORIGINS",
    "CURRENCY",
    "DATABASE_CONNECT_TIMEOUT",
    "DATABASE_CONN_MAX_AGE",
    "DATABASE_LOCK_TIMEOUT",
    "DATABASE_PREPARED_STATEMENTS",
    "DATABASE_STATEMENT_TIMEOUT",
    "DATABASE_TCP_USER_TIMEOUT",
    "DATABASE_URL",
    "DEBUG",
    "DEFAULT_FROM_EMAIL",
    "EMAIL_CONFIRM_URL",
    "EMAIL_URL",
    "EMAIL_VERIFICATION",
    "FACTOR_KEYS",
    "IMPORT_MAX_BYTES",
    "IMPORT_MAX_ROWS",
    "IMPORT_MAX_SECONDS",
    "JWT_CLOCK_SKEW",
    "JWT_KEYRING",
    "JWT_SIGNING_KEY",
    "LIMIT_API_TOKEN",
    "LIMIT_FAILED_LOGIN",
    "LIMIT_IMPORT",
    "AUTH_EVENT_DAYS",
    "FEED_DAYS",
    "LIMIT_KNOWN_ADDRESS",
    "LIMIT_LOGIN",
    "LIMIT_REFRESH",
    "LIMIT_REGISTER",
    "LIMIT_RENAME",
    "LIMIT_SLOW_SEARCH",
    "LIMIT_SLOW_LIST",
    "LIMIT_SLOW_BATCH",
    "LIMIT_RESET",
    "LIMIT_SECOND_FACTOR",
    "LIMIT_RESET_MAIL",
    "LOG_LEVEL",
    "OIDC_PROVIDERS",
    "FAST_PATH",
    "PASSWORD_MIN_LENGTH",
    "PASSWORD_RESET_URL",
    "PROXY_SECRET",
    "PUBLIC_URL",
    "REQUEST_LOG",
    "REQUIRE_ADMIN_MFA",
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "SECURITY_MAILS",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    "SECURE_HSTS_PRELOAD",
    "SECURE_HSTS_SECONDS",
    "SECURE_SSL_REDIRECT",
    "STATIC_ROOT",
    "TRUSTED_PROXIES",
    "TRUST_X_FORWARDED_PROTO",
}

# 32 bytes in URL-safe Base64.
FACTOR_KEY = "-_" * 21 + "8="

Load = Callable[..., dict[str, Any]]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    """Run the settings module in an environment with only the given variables."""

    def run(**environment: str) -> dict[str, Any]:
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(SETTINGS)

    return run


def test_development_needs_nothing(load: Load) -> None:
    values = load()
    assert values["DEBUG"] is True
    assert values["SECRET_KEY"] == (ROOT / ".secret_key").read_text().strip()
    assert values["DATABASES"]["default"]["NAME"] == str(ROOT / "db.sqlite3")
    assert not values["DATABASES"]["default"]["CONN_HEALTH_CHECKS"]
    assert values["SESSION_COOKIE_SECURE"] is False
    # Without Secure, a browser refuses a cookie with the prefix __Host-.
    assert values["SESSION_COOKIE_NAME"] == "sessionid"
    assert values["CSRF_COOKIE_NAME"] == "csrftoken"


def test_admins_need_a_second_factor_only_where_it_is_required(load: Load) -> None:
    assert load()["REQUIRE_ADMIN_MFA"] is False
    assert load(REQUIRE_ADMIN_MFA="on")["REQUIRE_ADMIN_MFA"] is True
    key = "M" * 43 + "="
    assert load(**PRODUCTION, FACTOR_KEYS=key, REQUIRE_ADMIN_MFA="on")["REQUIRE_ADMIN_MFA"]
    with pytest.raises(ImproperlyConfigured, match="REQUIRE_ADMIN_MFA needs FACTOR_KEYS"):
        load(**PRODUCTION, REQUIRE_ADMIN_MFA="on")


def test_production_is_production(load: Load) -> None:
    values = load(**PRODUCTION)
    assert values["DEBUG"] is False
    assert values["SECRET_KEY"] == KEY
    assert values["ALLOWED_HOSTS"] == ["books.example.org"]
    assert values["DATABASES"]["default"]["ENGINE"] == "bookstore_project.db.postgresql"
    assert values["DATABASES"]["default"]["CONN_MAX_AGE"] == 60
    assert values["DATABASES"]["default"]["CONN_HEALTH_CHECKS"]
    assert values["DATABASES"]["default"]["OPTIONS"] == {
        "connect_timeout": 3,
        "statement_timeout": 15,
        "lock_timeout": 5,
        "tcp_user_timeout": 3_000,
        "keepalives_idle": 2,
        "keepalives_interval": 1,
        "prepare_threshold": 1,
    }
    assert values["SESSION_COOKIE_SECURE"] is True
    assert values["CSRF_COOKIE_SECURE"] is True
    assert values["SESSION_COOKIE_NAME"] == "__Host-sessionid"
    assert values["CSRF_COOKIE_NAME"] == "__Host-csrftoken"
    assert not {"SESSION_COOKIE_DOMAIN", "SESSION_COOKIE_PATH", "CSRF_COOKIE_DOMAIN"} & set(values)
    assert values["SECURE_SSL_REDIRECT"] is True
    assert "whitenoise.middleware.WhiteNoiseMiddleware" in values["MIDDLEWARE"]


def test_a_pooler_may_have_no_prepared_statements(load: Load) -> None:
    values = load(**PRODUCTION, DATABASE_PREPARED_STATEMENTS="false")
    assert values["DATABASES"]["default"]["OPTIONS"]["statement_timeout"] == 15
    assert "prepare_threshold" not in values["DATABASES"]["default"].get("OPTIONS", {})


def test_how_long_a_database_is_waited_for_can_be_set(load: Load) -> None:
    timeouts = {
        "DATABASE_CONNECT_TIMEOUT": "2",
        "DATABASE_STATEMENT_TIMEOUT": "0",
        "DATABASE_LOCK_TIMEOUT": "7",
        "DATABASE_TCP_USER_TIMEOUT": "1",
    }
    options = load(**PRODUCTION, **timeouts)["DATABASES"]["default"]["OPTIONS"]
    assert (options["connect_timeout"], options["statement_timeout"]) == (2, 0)
    assert (options["lock_timeout"], options["tcp_user_timeout"]) == (7, 1_000)
    assert options["keepalives_idle"] == 1
    assert load(DATABASE_LOCK_TIMEOUT="7")["DATABASES"]["default"]["OPTIONS"]["timeout"] == 7


def test_a_network_may_be_left_to_the_kernel(load: Load) -> None:
    options = load(**PRODUCTION, DATABASE_TCP_USER_TIMEOUT="0")["DATABASES"]["default"]["OPTIONS"]
    assert not {"tcp_user_timeout", "keepalives_idle"} & set(options)


def test_a_parameter_in_the_url_of_the_database_comes_first(load: Load) -> None:
    url = f"{PRODUCTION['DATABASE_URL']}?connect_timeout=9&sslmode=require"
    options = load(**{**PRODUCTION, "DATABASE_URL": url})["DATABASES"]["default"]["OPTIONS"]
    assert (options["connect_timeout"], options["sslmode"]) == (9, "require")
    assert options["statement_timeout"] == 15


def test_a_database_is_not_waited_for_without_end(load: Load) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_CONNECT_TIMEOUT must be 1 second"):
        load(**PRODUCTION, DATABASE_CONNECT_TIMEOUT="0")


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "EMAIL_URL", "PUBLIC_URL"]
)
@pytest.mark.parametrize("state", ["missing", "empty"])
def test_production_refuses_to_start_without(name: str, state: str, load: Load) -> None:
    environment = {key: value for key, value in PRODUCTION.items() if key != name}
    if state == "empty":
        environment[name] = ""
    with pytest.raises(ImproperlyConfigured, match=f"Production needs {name} in"):
        load(**environment)


def test_production_names_everything_that_is_missing(load: Load) -> None:
    with pytest.raises(
        ImproperlyConfigured,
        match="SECRET_KEY, ALLOWED_HOSTS, DATABASE_URL, EMAIL_URL, PUBLIC_URL in",
    ):
        load(BOOKSTORE_ENV="production")


@pytest.mark.parametrize("name", ["SECRET_KEY", "JWT_SIGNING_KEY"])
@pytest.mark.parametrize("environment", ["development", "production"])
def test_a_key_of_31_bytes_is_refused(name: str, environment: str, load: Load) -> None:
    variables = {**PRODUCTION, "BOOKSTORE_ENV": environment, name: "k" * 31}
    with pytest.raises(ImproperlyConfigured, match=f"{name} must have at least 32 bytes"):
        load(**variables)


def test_a_key_of_32_bytes_is_taken(load: Load) -> None:
    assert load(**{**PRODUCTION, "SECRET_KEY": "k" * 32})["SECRET_KEY"] == "k" * 32


@pytest.mark.parametrize("text", [f"{'a' * 32},{'b' * 40}", f" {'a' * 32}\n{'b' * 40} ,"])
def test_former_keys_are_a_list_and_verify_tokens_too(text: str, load: Load) -> None:
    values = load(**PRODUCTION, SECRET_KEY_FALLBACKS=text)
    assert values["SECRET_KEY"] == KEY
    assert values["SECRET_KEY_FALLBACKS"] == ["a" * 32, "b" * 40]
    assert values["JWT_FORMER_KEYS"] == ["a" * 32, "b" * 40]
    own = load(**PRODUCTION, SECRET_KEY_FALLBACKS=text, JWT_SIGNING_KEY="j" * 32)
    assert own["SECRET_KEY_FALLBACKS"] == ["a" * 32, "b" * 40]
    assert own["JWT_FORMER_KEYS"] == []
    assert load(**PRODUCTION)["SECRET_KEY_FALLBACKS"] == []


@pytest.mark.parametrize("environment", ["development", "production"])
def test_a_former_key_of_31_bytes_is_refused(environment: str, load: Load) -> None:
    text = f"{'a' * 32},{'b' * 31}"
    variables = {**PRODUCTION, "BOOKSTORE_ENV": environment, "SECRET_KEY_FALLBACKS": text}
    with pytest.raises(
        ImproperlyConfigured, match="Each key in SECRET_KEY_FALLBACKS must have at least 32 bytes"
    ):
        load(**variables)


def test_mails_about_security_can_be_switched_off(load: Load) -> None:
    assert load(**PRODUCTION)["SECURITY_MAILS"] is True
    assert load(SECURITY_MAILS="off")["SECURITY_MAILS"] is False


def test_tokens_are_signed_with_the_secret_key_unless_they_have_their_own(load: Load) -> None:
    assert load(**PRODUCTION)["SIMPLE_JWT"]["SIGNING_KEY"] == KEY
    own = load(**PRODUCTION, JWT_SIGNING_KEY="j" * 32)
    assert own["SIMPLE_JWT"]["SIGNING_KEY"] == "j" * 32


def test_a_ring_of_keys_is_a_file_wherever_the_server_is_started(load: Load) -> None:
    assert load()["JWT_KEYRING"] is None
    assert load(JWT_KEYRING="")["JWT_KEYRING"] is None
    assert load(JWT_KEYRING="keys.json")["JWT_KEYRING"] == Path.cwd() / "keys.json"
    assert load(JWT_KEYRING="/etc/keys.json")["JWT_KEYRING"] == Path("/etc/keys.json")


def test_production_has_no_key_for_second_factors_unless_it_is_set(load: Load) -> None:
    kept = (ROOT / ".factor_key").read_text().strip()
    assert load()["FACTOR_KEYS"] == [kept]
    assert load(FACTOR_KEYS=FACTOR_KEY)["FACTOR_KEYS"] == [FACTOR_KEY]
    assert load(**PRODUCTION)["FACTOR_KEYS"] == []
    assert load(**PRODUCTION, FACTOR_KEYS=f"{kept}, {FACTOR_KEY},")["FACTOR_KEYS"] == [
        kept,
        FACTOR_KEY,
    ]


@pytest.mark.parametrize(
    "malformed",
    ["secret", FACTOR_KEY[:-1], FACTOR_KEY[:-4], f"{FACTOR_KEY}AAAA", f"é{FACTOR_KEY[1:]}", KEY],
)
def test_a_malformed_key_for_second_factors_stops_the_start(malformed: str, load: Load) -> None:
    for environment in ({}, PRODUCTION):
        with pytest.raises(ImproperlyConfigured, match="Key 2 of FACTOR_KEYS") as refusal:
            load(**environment, FACTOR_KEYS=f"{FACTOR_KEY},{malformed}")
        # It may be a key with a typing error.
        assert malformed not in str(refusal.value)


def test_answers_are_logged_where_no_runserver_does(load: Load) -> None:
    assert load()["REQUEST_LOG"] is False
    assert load(**PRODUCTION)["REQUEST_LOG"] is True
    assert load(**PRODUCTION, REQUEST_LOG="false")["REQUEST_LOG"] is False


def test_the_fast_path_can_be_switched_off(load: Load) -> None:
    assert load()["FAST_PATH"] is True
    assert load(FAST_PATH="off")["FAST_PATH"] is False


def test_debug_is_refused_in_production(load: Load) -> None:
    with pytest.raises(ImproperlyConfigured, match="DEBUG"):
        load(**PRODUCTION, DEBUG="true")


def test_an_unknown_environment_is_refused(load: Load) -> None:
    with pytest.raises(ImproperlyConfigured, match="'staging'"):
        load(BOOKSTORE_ENV="staging")


def test_a_limit_is_a_quota_and_seconds(load: Load) -> None:
    assert load(LIMIT_LOGIN="7/30")["RATE_LIMITS"]["login"] == (7, 30)


@pytest.mark.parametrize("rate", ["", "10", "10/0", "-1/60", "ten/60", "10/60s"])
def test_a_limit_that_is_none_is_refused(rate: str, load: Load) -> None:
    with pytest.raises(ImproperlyConfigured, match="LIMIT_LOGIN must be a quota and seconds"):
        load(LIMIT_LOGIN=rate)


def test_clocks_differ_by_seconds_and_not_backwards(load: Load) -> None:
    assert load()["JWT_CLOCK_SKEW"] == 30
    assert load(JWT_CLOCK_SKEW="0")["JWT_CLOCK_SKEW"] == 0
    with pytest.raises(ImproperlyConfigured, match="JWT_CLOCK_SKEW must be a number of seconds"):
        load(JWT_CLOCK_SKEW="-1")


def test_events_are_kept_for_a_number_of_days(load: Load) -> None:
    assert load(AUTH_EVENT_DAYS="0")["AUTH_EVENT_DAYS"] == 0
    with pytest.raises(ImproperlyConfigured, match="AUTH_EVENT_DAYS must be a number of days"):
        load(AUTH_EVENT_DAYS="-1")


def test_a_password_has_a_least_length_within_bounds(load: Load) -> None:
    assert load()["PASSWORD_MIN_LENGTH"] == 8
    for length in ("8", "15", "64"):
        values = load(PASSWORD_MIN_LENGTH=length)
        assert values["PASSWORD_MIN_LENGTH"] == int(length)
        options = [each.get("OPTIONS", {}) for each in values["AUTH_PASSWORD_VALIDATORS"]]
        assert {"min_length": int(length)} in options
    for length in ("7", "0", "-1", "65"):
        with pytest.raises(ImproperlyConfigured, match="PASSWORD_MIN_LENGTH must be from 8 to 64"):
            load(PASSWORD_MIN_LENGTH=length)


def test_api_tokens_expire_unless_the_operator_allows_others(load: Load) -> None:
    assert load()["API_TOKENS_WITHOUT_EXPIRY"] is False
    assert load(API_TOKENS_WITHOUT_EXPIRY="on")["API_TOKENS_WITHOUT_EXPIRY"] is True


def test_the_feed_is_kept_for_a_number_of_days(load: Load) -> None:
    assert load()["FEED_DAYS"] == 90
    for days in ("1", "36500"):
        assert load(FEED_DAYS=days)["FEED_DAYS"] == int(days)
    for days in ("0", "-1", "36501"):
        with pytest.raises(ImproperlyConfigured, match="FEED_DAYS must be a number of days from 1"):
            load(FEED_DAYS=days)


@pytest.mark.parametrize("variable", ["PASSWORD_RESET_URL", "EMAIL_CONFIRM_URL"])
def test_a_link_in_a_mail_has_a_place_for_the_token(variable: str, load: Load) -> None:
    assert load()[variable] == ""
    url = "https://shop.example.org/mail#{token}"
    assert load(**{variable: url})[variable] == url
    for wrong in ("https://shop.example.org/mail", "shop.example.org/{token}"):
        with pytest.raises(ImproperlyConfigured, match=f"{variable} must be an address"):
            load(**{variable: wrong})


def test_links_in_mails_lead_to_the_public_url(load: Load) -> None:
    assert load()["PUBLIC_URL"] == "http://localhost:8000"
    assert load(**PRODUCTION)["PUBLIC_URL"] == "https://books.example.org"
    assert load(PUBLIC_URL="https://books.example.org:8443")["PUBLIC_URL"].endswith(":8443")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "books.example.org",
        "https://books.example.org/",
        "https://books.example.org/shop",
        "https://books.example.org:443",
        "https://Books.example.org",
        "https://user@books.example.org",
        "ftp://books.example.org",
        "https://a.example.org,https://b.example.org",
    ],
)
def test_a_public_url_is_one_origin(url: str, load: Load) -> None:
    with pytest.raises(ImproperlyConfigured, match="PUBLIC_URL is"):
        load(PUBLIC_URL=url)


def test_addresses_are_confirmed_as_the_user_likes_unless_it_is_required(load: Load) -> None:
    assert load()["EMAIL_VERIFICATION"] == "optional"
    assert load(EMAIL_VERIFICATION="required")["EMAIL_VERIFICATION"] == "required"
    for value in ("", "none", "REQUIRED"):
        with pytest.raises(ImproperlyConfigured, match="must be optional or required"):
            load(EMAIL_VERIFICATION=value)


def test_a_token_in_a_mail_is_good_for_an_hour_and_a_mail_server_may_not_hang(load: Load) -> None:
    values = load()
    assert (values["PASSWORD_RESET_TIMEOUT"], values["EMAIL_TIMEOUT"]) == (3600, 10)


def test_the_forwarded_protocol_is_trusted_only_when_told(load: Load) -> None:
    assert "SECURE_PROXY_SSL_HEADER" not in load(**PRODUCTION)
    trusting = load(**PRODUCTION, TRUST_X_FORWARDED_PROTO="true")
    assert trusting["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


def test_production_trusts_no_proxy_without_a_secret(load: Load) -> None:
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES needs PROXY_SECRET"):
        load(**PRODUCTION, TRUSTED_PROXIES="1")
    values = load(**PRODUCTION, TRUSTED_PROXIES="1", PROXY_SECRET=KEY)
    assert (values["TRUSTED_PROXIES"], values["PROXY_SECRET"]) == (1, KEY)
    assert load(TRUSTED_PROXIES="1")["PROXY_SECRET"] == ""


@pytest.mark.parametrize("secret", ["x" * 31, f"{KEY} {KEY}", f"{KEY}\n", f"{KEY}ü"])
def test_a_proxy_secret_that_fits_no_header_field_is_refused(load: Load, secret: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="PROXY_SECRET must have at least 32"):
        load(PROXY_SECRET=secret)


def test_a_negative_number_of_proxies_is_refused(load: Load) -> None:
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES must be the number"):
        load(TRUSTED_PROXIES="-1")


def test_no_other_origin_is_allowed_unless_it_is_listed(load: Load) -> None:
    assert (
        load()["CORS_ALLOWED_ORIGINS"]
        == load(CORS_ALLOWED_ORIGINS="")["CORS_ALLOWED_ORIGINS"]
        == []
    )
    listed = (
        "https://shop.example.org, http://localhost:5173,http://127.0.0.1:8080,"
        "https://xn--bcher-kva.example:8443,http://[::1]:3000,https://a_b.example,"
    )
    assert load(**PRODUCTION, CORS_ALLOWED_ORIGINS=listed)["CORS_ALLOWED_ORIGINS"] == [
        "https://shop.example.org",
        "http://localhost:5173",
        "http://127.0.0.1:8080",
        "https://xn--bcher-kva.example:8443",
        "http://[::1]:3000",
        "https://a_b.example",
    ]


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "https://*",
        "https://*.example.org",
        "https://shop.example.org/",
        "https://shop.example.org/app",
        "https://shop.example.org?x",
        "https://shop.example.org#x",
        "https://ada:secret@shop.example.org",
        "https://ada@shop.example.org",
        "https://Shop.example.org",
        "HTTPS://shop.example.org",
        "https://bücher.example",
        "https://shop..example.org",
        "https://-shop.example.org",
        "https://shop.example.org.",
        f"https://{'a' * 64}.example.org",
        "https://shop.example.org:443",
        "http://shop.example.org:80",
        "https://shop.example.org:0",
        "https://shop.example.org:08443",
        "https://shop.example.org:65536",
        "https://shop.example.org:",
        "https://shop.example.org:x",
        "https://127.1",
        "https://256.0.0.1",
        "http://[::1",
        "http://[0:0:0:0:0:0:0:1]",
        "http://[fe80::1%eth0]",
        "http://::1",
        "https://",
        "https:shop.example.org",
        "shop.example.org",
        "//shop.example.org",
        "ftp://shop.example.org",
        "file://",
        "https://shop.example.org https://other.example.org",
        "https://shop.\texample.org",
        "https://shop.example.org;https://other.example.org",
    ],
)
def test_what_is_no_origin_stops_the_start(origin: str, load: Load) -> None:
    for listed in (origin, f"https://other.example.org,{origin}"):
        with pytest.raises(ImproperlyConfigured) as raised:
            load(**PRODUCTION, CORS_ALLOWED_ORIGINS=listed)
        assert str(raised.value).startswith(
            f"CORS_ALLOWED_ORIGINS has {origin!r}, which is no origin that a browser sends."
        )


def test_the_cache_in_memory_has_room_for_the_counters(load: Load) -> None:
    assert load()["CACHES"]["default"]["OPTIONS"]["MAX_ENTRIES"] == 100_000


@pytest.mark.parametrize("url", ["dummycache://", "dbcache://cache", "filecache:///tmp/x"])
def test_a_cache_that_can_not_count_is_refused(load: Load, url: str) -> None:
    """The limits would not hold: such a cache counts nothing, or not atomically."""
    with pytest.raises(ImproperlyConfigured, match="CACHE_URL must begin with"):
        load(CACHE_URL=url)


def test_urls_choose_the_cache_and_the_mailer(load: Load) -> None:
    urls = {
        "CACHE_URL": "rediscache://127.0.0.1:6379/1",
        "EMAIL_URL": "smtp+tls://shop:secret@mail.example.org:587",
    }
    values = load(**{**PRODUCTION, **urls})
    assert values["CACHES"]["default"] == {
        "BACKEND": "bookstore_project.db.counters.RedisCounters",
        "LOCATION": "redis://127.0.0.1:6379/1",
    }
    assert values["EMAIL_HOST"] == "mail.example.org"
    assert values["EMAIL_USE_TLS"] is True


def test_the_currency_is_a_code_of_iso_4217(load: Load) -> None:
    assert load()["CURRENCY"] == ""
    assert load(CURRENCY="EUR")["CURRENCY"] == load(CURRENCY=" eur")["CURRENCY"] == "EUR"
    assert load(CURRENCY="JPY")["CURRENCY"] == "JPY"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("KWD", "CURRENCY can't be KWD, which has 3 decimals: prices have at most 2."),
        ("CLF", "CURRENCY can't be CLF, which has 4 decimals: prices have at most 2."),
        ("EURO", "CURRENCY must be a code of ISO 4217, such as EUR, USD or JPY. 'EURO' is none."),
        ("€", "CURRENCY must be a code of ISO 4217, such as EUR, USD or JPY. '€' is none."),
        ("XAU", "CURRENCY must be a code of ISO 4217, such as EUR, USD or JPY. 'XAU' is none."),
    ],
)
def test_another_currency_stops_the_start(load: Load, code: str, message: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=re.escape(message)):
        load(CURRENCY=code)


def test_the_openapi_document_names_the_operator(load: Load) -> None:
    name = {"name": "The operator of this service"}
    contact = load(CONTACT_EMAIL="books@example.org")["SPECTACULAR_SETTINGS"]["CONTACT"]
    assert load()["SPECTACULAR_SETTINGS"]["CONTACT"] == name
    assert contact == {**name, "email": "books@example.org"}


def test_the_settings_read_exactly_the_variables_that_the_page_lists() -> None:
    source = Path(SETTINGS).read_text()
    page = (ROOT / "docs" / "settings.md").read_text()
    for name in VARIABLES:
        assert f'"{name}"' in source
    assert sorted(re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE)) == sorted(VARIABLES)


@pytest.mark.parametrize("module", ["wsgi", "asgi"])
def test_an_entry_point_is_an_application(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PROCESS, "answers_requests", False)
    # Its setdefault() calls would change the environment of this process and of other tests.
    monkeypatch.setenv("BOOKSTORE_ENV", "development")
    application = runpy.run_path(str(ROOT / "bookstore_project" / f"{module}.py"))["application"]
    # With Django's handler a client could choose the codec of the query string: see handlers.py.
    assert type(application).__name__ == f"Utf8{module.upper()}Handler"
    assert PROCESS.answers_requests


def test_manage_runs_in_development_by_default(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("BOOKSTORE_ENV", raising=False)
    monkeypatch.setattr(sys, "argv", ["manage.py", "version"])
    runpy.run_path(str(ROOT / "manage.py"), run_name="__main__")
    assert capsys.readouterr().out == f"{__version__}\n"


ACME = {
    "name": "Acme",
    "issuer": "https://id.example.org/realms/staff",
    "client_id": "bookstore",
    "client_secret": "the secret of the client",
}


def providers(**changes: Any) -> str:
    """Return the setting with one provider, some of whose members are others."""
    members = {name: value for name, value in {**ACME, **changes}.items() if value is not None}
    return json.dumps({"acme": members})


def test_providers_of_sign_ins(load: Load) -> None:
    assert load()["OIDC_PROVIDERS"] == {}
    for environment in ({}, PRODUCTION):
        [provider] = load(**environment, OIDC_PROVIDERS=providers())["OIDC_PROVIDERS"].values()
        assert (provider.id, provider.name, provider.issuer, provider.is_local) == (
            "acme",
            "Acme",
            "https://id.example.org/realms/staff",
            False,
        )
        assert (provider.client_id, provider.client_secret) == (
            "bookstore",
            "the secret of the client",
        )


@pytest.mark.parametrize(
    "issuer", ["http://127.0.0.1:8080/realms/staff", "http://localhost:8080", "http://[::1]:8080"]
)
def test_a_provider_without_tls_is_on_this_machine_and_in_development(
    issuer: str, load: Load
) -> None:
    [provider] = load(OIDC_PROVIDERS=providers(issuer=issuer))["OIDC_PROVIDERS"].values()
    assert provider.is_local
    with pytest.raises(ImproperlyConfigured, match="issuer must begin with https://"):
        load(**PRODUCTION, OIDC_PROVIDERS=providers(issuer=issuer))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("{", "is no JSON"),
        ("[]", "must be a JSON object"),
        (json.dumps({"Acme": ACME}), "'Acme': the id must be"),
        (json.dumps({"": ACME}), "the id must be"),
        (json.dumps({"a" * 33: ACME}), "the id must be"),
        (json.dumps({"acme": "https://id.example.org"}), "exactly these are needed: name, issuer"),
        (providers(client_secret=None), "exactly these are needed"),
        (providers(scope="openid"), "exactly these are needed"),
        (providers(name=""), "name must have 1 to 40 characters"),
        (providers(name="x" * 41), "name must have 1 to 40 characters"),
        (providers(client_id="x" * 256), "client_id must have 1 to 255 characters"),
        (providers(client_id=7), "client_id must be a printable text"),
        (providers(name="A\x1bcme"), "name must be a printable text"),
        (providers(issuer=" https://id.example.org"), "issuer must be a printable text"),
        (providers(issuer="id.example.org"), "issuer must be an address"),
        (providers(issuer="https://"), "issuer must be an address"),
        (providers(issuer="https://[x]/"), "issuer must be an address"),
        (providers(issuer="https://id.example.org:99999"), "issuer must be an address"),
        (providers(issuer="https://a@id.example.org"), "issuer must be an address"),
        (providers(issuer="https://id.example.org?a=b"), "issuer must be an address"),
        (providers(issuer="https://id.example.org#a"), "issuer must be an address"),
        (providers(issuer="http://id.example.org"), "issuer must begin with https://"),
        (providers(issuer="http://192.0.2.7"), "issuer must begin with https://"),
        (providers(issuer="ftp://localhost"), "issuer must begin with https://"),
        (json.dumps({"acme": ACME, "other": ACME}), "has one issuer twice"),
    ],
)
def test_a_wrong_provider_stops_the_start(value: str, words: str, load: Load) -> None:
    for environment in ({}, PRODUCTION):
        with pytest.raises(ImproperlyConfigured, match=words) as refusal:
            load(**environment, OIDC_PROVIDERS=value)
        assert ACME["client_secret"] not in str(refusal.value)
