"""The tables and columns that copies of the tutorial have, and the names they give them."""

from dataclasses import dataclass

ROWS_ARE_NUMBERED = "SQLite's number of each row is taken"


@dataclass(frozen=True, kw_only=True)
class Column:
    """The names of a column, the likeliest first; case, underscores and hyphens do not count.

    `default` is the SQL expression for a file without the column; None means that the import can't
    do without it. With `is_looked_up`, the table may instead have a column `<name>_id` that refers
    to a table of names. `absent` is what the report says if the column is not there; it is empty
    for columns that the tutorial itself does not have.
    """

    names: tuple[str, ...]
    default: str | None = "NULL"
    is_looked_up: bool = False
    absent: str = ""


TABLES: dict[str, tuple[str, ...]] = {"users": ("users", "user"), "books": ("books", "book")}
COLUMNS: dict[str, dict[str, Column]] = {
    "users": {
        "id": Column(names=("id", "user_id", "uid"), default="rowid", absent=ROWS_ARE_NUMBERED),
        "public_id": Column(
            names=("public_id", "uuid", "guid"), absent="a new one is made for each user"
        ),
        # People log in with their address if they have no name.
        "name": Column(
            names=("username", "name", "login", "email", "email_address", "mail"), default=None
        ),
        "email": Column(names=("email", "email_address", "mail")),
        "password": Column(
            names=("password", "password_hash", "hashed_password", "pw_hash", "passwd"),
            default=None,
        ),
        "admin": Column(names=("admin", "is_admin"), default="0", absent="no user is an admin"),
        "role": Column(names=("role", "user_role"), is_looked_up=True),
    },
    "books": {
        "id": Column(names=("id", "book_id"), default="rowid", absent=ROWS_ARE_NUMBERED),
        "user_id": Column(
            names=("user_id", "owner_id", "users_id", "owner", "user"),
            default=None,
            absent="every book is given to --owner",
        ),
        "name": Column(names=("name", "title", "book_name", "book_title"), default=None),
        "author": Column(
            names=("author", "author_name", "book_author", "authors"),
            is_looked_up=True,
            absent="every book is stored as by 'Unknown'",
        ),
        "publisher": Column(
            names=("publisher", "publisher_name", "book_publisher"),
            is_looked_up=True,
            absent="every book is stored without a publisher",
        ),
        "price": Column(
            names=("book_prize", "book_price", "price", "prize"),
            absent="every book is stored without a price",
        ),
        "isbn": Column(names=("isbn", "isbn13", "isbn10", "book_isbn")),
        "published_on": Column(
            names=(
                *("published_on", "published", "published_date", "publish_date", "date_published"),
                *("publication_date", "release_date", "pub_date", "published_year", "publish_year"),
                *("publication_year", "year_published", "year_of_publication", "year"),
            )
        ),
    },
}
