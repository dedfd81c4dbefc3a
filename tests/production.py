"""The environment of a server in production."""

# Only for tests; at least 50 characters, as Django's own check requires.
KEY = "".join(chr(ord("a") + number * 7 % 26) for number in range(64))

PRODUCTION = {
    "BOOKSTORE_ENV": "production",
    "SECRET_KEY": KEY,
    "ALLOWED_HOSTS": "books.example.org",
    "DATABASE_URL": "postgres://shop:secret@db.example.org:5432/books",
    "EMAIL_URL": "smtp://mail.example.org:25",
    "PUBLIC_URL": "https://books.example.org",
}
