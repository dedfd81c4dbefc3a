"""A login name that its owner gave up is nobody else's for a while.

Otherwise a stranger could take it, and with it what is meant for its owner: a mention, a message, a
client that still logs in by that name. The name itself is not kept: a deleted account leaves none.
"""

from django.utils.crypto import salted_hmac

from accounts.identity.names import name_key
from accounts.models import FreedName, User

SALT = "accounts.services.freed_names"


def name_free(name: str, *, former_owner: User | None) -> None:
    """Hold a name that was just given up for the user who had it, or None for nobody.

    Call it in the transaction of what gave the name up.
    """
    freed = FreedName(
        digest=_digest(name),
        former_owner=former_owner.public_id if former_owner else None,
    )
    FreedName.objects.bulk_create(
        [freed],
        update_conflicts=True,
        unique_fields=["digest"],
        update_fields=["former_owner", "freed_at"],
    )


def is_name_held(user: User) -> bool:
    """Return whether the name that `user` has, or asks for, waits for somebody else.

    To be sure, ask after the row with that name was written, in the same transaction: whoever gives
    the name up at the same time has committed by then.
    """
    return FreedName.objects.filter(digest=_digest(user.name)).held_from(user).exists()


def _digest(name: str) -> str:
    return salted_hmac(SALT, name_key(name), algorithm="sha256").hexdigest()
