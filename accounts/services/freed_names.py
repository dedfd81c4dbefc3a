"""Reserves a login name for a while after its owner gave it up.

Otherwise a stranger could take the name and be mistaken for its former owner, or receive the
password from a client that still logs in with it. Only a digest of the name is stored, because a
deleted account must leave no name behind.
"""

from accounts.identity.names import name_key
from accounts.models import FreedName, User
from bookstore_project.digests import keyed_digests

SALT = "accounts.services.freed_names"


def name_free(name: str, *, former_owner: User | None) -> None:
    """Reserve a name that was just given up. Only `former_owner`, if any, may take it back.

    Call this in the transaction that gives the name up.
    """
    digest, *former = keyed_digests(SALT, name_key(name))
    if former:
        # The row of an earlier owner, from before SECRET_KEY was replaced.
        FreedName.objects.filter(digest__in=former).delete()
    freed = FreedName(
        digest=digest,
        former_owner=former_owner.public_id if former_owner else None,
    )
    FreedName.objects.bulk_create(
        [freed],
        update_conflicts=True,
        unique_fields=["digest"],
        update_fields=["former_owner", "freed_at"],
    )


def is_name_held(user: User) -> bool:
    """Return whether the name of `user` is reserved for somebody else, or for nobody.

    The answer is reliable only in the transaction that has already written the row with that name:
    a transaction that gives up the name at the same time has committed by then.
    """
    digests = keyed_digests(SALT, name_key(user.name))
    return FreedName.objects.filter(digest__in=digests).held_from(user).exists()
