"""The entry of DATABASES for each engine, from the values that settings.py has read."""

from typing import Any


def database(  # noqa: PLR0913  # one argument for each setting
    address: dict[str, Any],
    *,
    connect: int,
    statement: int,
    lock: int,
    tcp_user: int,
    is_prepared: bool,
) -> dict[str, Any]:
    """Return the settings of the database at an address, with its timeouts in seconds.

    On PostgreSQL the parameters of the address override them; `tcp_user` may be 0, for none.
    """
    if address["ENGINE"] == "django.db.backends.sqlite3":
        # WAL lets readers continue beside the one writer. synchronous=FULL flushes every commit, so
        # it survives a power cut. IMMEDIATE locks at the start of a transaction, where the busy
        # timeout applies. Reads are memory-mapped (up to 2 GB): sorting took a quarter less time.
        options = {
            "transaction_mode": "IMMEDIATE",
            "timeout": lock,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "PRAGMA mmap_size=2147418112;",
        }
        # A file has no connection to lose, and each check costs a query.
        return {**address, "CONN_HEALTH_CHECKS": False, "OPTIONS": options}
    options = {"connect_timeout": connect, "statement_timeout": statement, "lock_timeout": lock}
    if tcp_user:
        # Milliseconds that sent data may stay unacknowledged. While the client waits for a result,
        # only keepalive probes are sent; they begin a second before the time is over.
        options["tcp_user_timeout"] = tcp_user * 1_000
        options["keepalives_idle"] = max(1, tcp_user - 1)
        options["keepalives_interval"] = 1
    options |= address.get("OPTIONS", {})
    if is_prepared:
        # The server keeps the plan of a query from its second execution on.
        options.setdefault("prepare_threshold", 1)
    return {
        **address,
        "ENGINE": "bookstore_project.db.postgresql",
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
