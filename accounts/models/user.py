"""The user model."""

import uuid
from collections.abc import Iterable
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.identity import emails, names
from accounts.identity.fields import AddressField, NameField
from bookstore_project.db.fields import DerivedCharField
from bookstore_project.speed.compiled_sql import CompiledQuery


class UserQuerySet(models.QuerySet["User"]):
    def named(self, name: str) -> Self:
        """Return the user with that login name, in any case or Unicode form, or no row."""
        key = _possible_key(name)
        return self.none() if key is None else self.filter(name_key=key)

    def with_email(self, email: str) -> Self:
        return self.filter(email_key=emails.email_key(email))

    def active_admins(self) -> Self:
        return self.filter(admin=True, is_active=True)

    def deleted(self) -> Self:
        """Return the accounts that are closed but not removed yet; use it on `User.everyone`."""
        return self.filter(deleted_at__isnull=False)


# mypy can't follow a base class that a call returns.
class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]  # the same
    def get_queryset(self) -> UserQuerySet:
        """Return the accounts that are not deleted: see services/deletion.py."""
        users: UserQuerySet = super().get_queryset().filter(deleted_at=None)
        return users

    def create_user(
        self,
        name: str,
        password: str | None = None,
        email: str | None = None,
        **fields: Any,
    ) -> "User":
        """Store a user. Without a password, nobody can log in to the account."""
        user: User = self.model(name=name, email=email or None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self,
        name: str,
        password: str | None = None,
        email: str | None = None,
        **fields: Any,
    ) -> "User":
        return self.create_user(
            name, password, email, **{"admin": True, "is_superuser": True, **fields}
        )

    def get_by_natural_key(self, name: str | None) -> "User":
        """Return the user whose login name is `name`. Raises User.DoesNotExist."""
        key = _possible_key(name or "")
        found = [] if key is None else _users_of_key(key=key)
        if not found:
            raise User.DoesNotExist
        user: User = found[0]
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A user who can log in.

    `public_id` is the only id that leaves the server. `admin` may list users, edit every book and
    use the Django admin. `editor` may edit every book, and use the Django admin for books.
    """

    # Wider than Django's, for a scrypt hash as the tutorial stored it.
    password = models.CharField(_("password"), max_length=255)
    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    name = NameField(
        _("name"),
        max_length=names.MAXIMUM_LENGTH,
        unique=True,
        help_text=_("The name to sign in with. Upper and lower case are the same."),
    )
    name_key = DerivedCharField(
        max_length=names.MAXIMUM_KEY_LENGTH,
        unique=True,
        source="name",
        derive=names.name_key,
    )
    email = AddressField(_("email address"), null=True, blank=True, default=None)
    email_key = DerivedCharField(
        max_length=emails.MAXIMUM_KEY_LENGTH,
        unique=True,
        null=True,
        source="email",
        derive=emails.email_key,
    )
    # Counts the changes of the address. Tokens that were mailed before a change are void.
    email_version = models.PositiveIntegerField(default=0, editable=False)
    admin = models.BooleanField(
        _("admin"),
        default=False,
        help_text=_("Admins may list accounts, edit every book and use this site."),
    )
    editor = models.BooleanField(
        _("editor"),
        default=False,
        # For servers of the previous version, which go on inserting rows during an upgrade.
        db_default=False,
        help_text=_("Editors may edit every book and use this site for books alone."),
    )
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_(
            "Inactive users can't sign in. Clear this box instead of deleting the account."
        ),
    )
    session_epoch = models.PositiveIntegerField(default=0, editable=False)
    # Whether a login asks for a second factor. Its own column, so that a login without one costs
    # no query more. accounts/services/factors.py writes it in the transaction of the change.
    has_factor = models.BooleanField(
        _("second factor"), default=False, db_default=False, editable=False
    )
    date_joined = models.DateTimeField(_("date joined"), default=timezone.now, editable=False)
    # When the account was closed. Its remaining records are removed in steps.
    deleted_at = models.DateTimeField(null=True, default=None, editable=False)

    objects: ClassVar[UserManager] = UserManager()
    # With those that are deleted but not removed yet.
    everyone = UserQuerySet.as_manager()

    USERNAME_FIELD = "name"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="user_name_not_empty"),
            models.CheckConstraint(
                condition=Q(is_superuser=False) | Q(admin=True),
                name="user_superuser_is_admin",
                violation_error_message=_("A superuser must be an admin."),
            ),
            models.CheckConstraint(
                condition=Q(deleted_at=None) | Q(is_active=False, admin=False, email=None),
                name="user_deleted_is_closed",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at=None) | Q(editor=False),
                name="user_deleted_is_no_editor",
            ),
        ]
        indexes = [
            models.Index(fields=["date_joined", "public_id"], name="user_joined"),
            models.Index(
                fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="user_deleted"
            ),
        ]

    @property
    def is_staff(self) -> bool:
        """Whether the user may use the Django admin."""
        return self.edits_all_books

    @property
    def edits_all_books(self) -> bool:
        """Whether the user may change, delete and restore the books of all owners."""
        return self.admin or self.editor

    def set_password(self, raw_password: str | None) -> None:
        """Set a new password. Saving the user then ends all of their sessions."""
        super().set_password(raw_password)
        self.session_epoch += 1

    def check_password(self, raw_password: str | None) -> bool:
        """Return whether the password is right. An outdated hash is replaced, without new epoch."""

        replaced = self.password

        def upgrade(password: str) -> None:
            self.password = make_password(password)
            # The filter keeps a password that was set meanwhile.
            User.objects.filter(pk=self.pk, password=replaced).update(password=self.password)

        return check_password(raw_password, self.password, upgrade)

    def get_session_auth_hash(self) -> str:
        """Return the value that a browser's session must match. Ending all sessions changes it.

        Django computes it from the password's hash, so that an upgrade of the hash on one device
        would sign out all other devices.
        """
        value = f"{self.public_id}:{self.session_epoch}"
        return salted_hmac("accounts.session", value, algorithm="sha256").hexdigest()

    def clean(self) -> None:
        """Refuse a name or an address of another user, also in another case or Unicode form."""
        others = User.objects.exclude(pk=self.pk)
        if others.named(self.name).exists():
            taken = ValidationError(_("This name is taken."), code="name_taken")
            raise ValidationError({"name": taken})
        if self.email and others.with_email(self.email).exists():
            taken = ValidationError(_("This email address is taken."), code="email_taken")
            raise ValidationError({"email": taken})

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        if update_fields is not None:
            # A key is stored only with its source, because this instance may be older than the row.
            if "email" in update_fields:
                self.email_version += 1
                update_fields = {*update_fields, "email_version"}
            sources = {"name", "email"}.intersection(update_fields)
            update_fields = {*update_fields, *(f"{source}_key" for source in sources)}
        super().save(*args, update_fields=update_fields, **kwargs)


def _possible_key(name: str) -> str | None:
    """Return the key of a name; None if the name is invalid, so that nobody has it."""
    try:
        names.validate_name(name)
    except ValidationError:
        # Some invalid names, such as one with a NUL, can't even be sent to the database.
        return None
    return names.name_key(name)


_users_of_key = CompiledQuery(
    lambda *, key: User.objects.filter(name_key=key), key=User._meta.get_field("name_key")
)
