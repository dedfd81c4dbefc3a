"""The accounts of providers that sign in to accounts of ours: linked, used and removed."""

from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import EventKind, Passkey, ProviderLink, User
from accounts.models.provider_link import MAXIMUM_SHOWN
from accounts.origins import Origin
from bookstore_project.errors import ConflictError

from .email_confirmation import verified_email_store
from .events import event_record
from .sessions import require_same_epoch
from .users import user_register


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who somebody is at a provider, which has just said so.

    Attributes:
        issuer: the provider.
        subject: the account there. No other account of that issuer ever has it.
        email: a valid address; "" if the provider names none.
        is_verified: whether the provider says that the address is that of the person.
        name: a text for people, perhaps "".
    """

    issuer: str
    subject: str
    email: str = ""
    is_verified: bool = False
    name: str = ""

    @property
    def shown_as(self) -> str:
        """The address or name by which its owner recognises the account of the provider."""
        return (self.email or self.name)[:MAXIMUM_SHOWN]


class NotAcceptedError(Exception):
    """The linked account of ours is inactive."""


def provider_name(issuer: str) -> str:
    """Return the name of a provider; for one that is no longer in the settings, its issuer."""
    names = {each.issuer: each.name for each in settings.OIDC_PROVIDERS.values()}
    return names.get(issuer, issuer)


def provider_user(identity: Identity) -> User | None:
    """Return the user whose account is linked, and note the use; None if no account is.

    Raises NotAcceptedError.
    """
    links = ProviderLink.objects.filter(issuer=identity.issuer, subject=identity.subject)
    link = links.usable().select_related("user").first()
    if link is None:
        if links.exists():
            raise NotAcceptedError
        return None
    links.update(last_used_at=timezone.now())
    return link.user


def provider_link(*, user: User, identity: Identity, origin: Origin) -> None:
    """Link an account of a provider to the account of a user who has just proved who they are.

    Raises ConflictError (`provider_taken`, `provider_exists`), and SessionEndedError if all
    sessions were ended since `user` was read.
    """
    with transaction.atomic():
        require_same_epoch(user)
        _store(user, identity, origin=origin)


def provider_register(
    *, identity: Identity, name: str, password: str, email: str | None, origin: Origin
) -> User:
    """Store a new user who signs in with a provider, by the rules of user_register().

    Args:
        identity: the account of the provider. An address that the provider has verified is
            confirmed at once, unless it is the address of another account.
        email: the address to which a mail is sent; not looked at beside a verified one.

    Raises ConflictError (`name_taken`, `name_look_alike`, `email_taken`, `provider_taken`).
    """
    address = None if identity.is_verified else email

    def register() -> User:
        return user_register(name=name, password=password, email=address, origin=origin)

    with transaction.atomic():
        if identity.is_verified:
            user = verified_email_store(register, email=identity.email, origin=origin)
        else:
            user = register()
        _store(user, identity, origin=origin)
    return user


def provider_unlink(link: ProviderLink, *, user: User, origin: Origin) -> None:
    """Remove the link to an account of a provider. The sessions of the user go on.

    Raises ConflictError (`last_way_in`) if nothing would be left to sign in with, SessionEndedError
    if all sessions were ended since `user` was read, and ProviderLink.DoesNotExist if the link was
    removed meanwhile.
    """
    with transaction.atomic():
        require_same_epoch(user)
        _refuse_last_way_in(link, user)
        if not ProviderLink.objects.filter(pk=link.pk, user=user).delete()[0]:
            raise ProviderLink.DoesNotExist
        detail = provider_name(link.issuer)
        event_record(EventKind.PROVIDER_UNLINKED, subject=user, origin=origin, detail=detail)


def provider_links_end(user: User, *, origin: Origin) -> None:
    """Remove all links of a user, each as an event. Call this in the transaction of the reason.

    That transaction has locked the user's row, so that no link is stored meanwhile.
    """
    for link in ProviderLink.objects.filter(user=user).order_by("created_at"):
        link.delete()
        detail = provider_name(link.issuer)
        event_record(EventKind.PROVIDER_UNLINKED, subject=user, origin=origin, detail=detail)


def _store(user: User, identity: Identity, *, origin: Origin) -> None:
    """Store a link. The database's constraints decide which of several requests is first."""
    link = ProviderLink(
        user=user,
        issuer=identity.issuer,
        subject=identity.subject,
        shown_as=identity.shown_as,
        last_used_at=timezone.now(),
    )
    try:
        with transaction.atomic():
            link.save(force_insert=True)
    except IntegrityError as error:
        taken = ProviderLink.objects.filter(issuer=identity.issuer, subject=identity.subject)
        raise (_exists() if not taken.exists() else _taken()) from error
    detail = provider_name(identity.issuer)
    event_record(EventKind.PROVIDER_LINKED, subject=user, origin=origin, detail=detail)


def _refuse_last_way_in(link: ProviderLink, user: User) -> None:
    issuers = [each.issuer for each in settings.OIDC_PROVIDERS.values()]
    others = ProviderLink.objects.filter(user=user, issuer__in=issuers).exclude(pk=link.pk)
    passkeys = Passkey.objects.filter(user=user)
    if not (user.has_usable_password() or passkeys.exists() or others.exists()):
        raise ConflictError(
            code="last_way_in",
            detail=gettext_noop(
                "You have no other way to sign in. Choose a password or add a passkey first."
            ),
        )


def _taken() -> ConflictError:
    return ConflictError(
        code="provider_taken",
        detail=gettext_noop("Another account here is linked with this account."),
    )


def _exists() -> ConflictError:
    return ConflictError(
        code="provider_exists",
        detail=gettext_noop("You have linked another account of this provider. Remove it first."),
    )
