"""What browser apps on other origins may send and read (Fetch standard, "CORS protocol").

The settings of django-cors-headers, except for the origins themselves (CORS_ALLOWED_ORIGINS).
"""

# Everything that programs use: both surfaces, the OpenAPI document, the public keys, the probes.
# The front page, the admin, the sign-in, static files and the pages of the documentation are for
# people, and no other origin may read them.
PATHS = r"^/(?!$|admin(?:/|$)|static/|api/(?:docs|redoc|session)(?:/|$))"

# Seconds that a browser keeps the answer to a preflight. Chromium keeps it no longer.
PREFLIGHT_SECONDS = 7_200

# Fields that our routes read. A browser sends `Accept` and some others without a preflight.
REQUEST_HEADERS = (
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "x-access-token",
    "x-access-tokens",
    "x-refresh-cookie",
    "x-request-id",
)

# Fields that a script may read; a browser hides most others.
RESPONSE_HEADERS = (
    "Content-Disposition",
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-Id",
)
