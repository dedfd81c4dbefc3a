"""Password checks: hashers, the maximum length, and limits on failed logins."""
