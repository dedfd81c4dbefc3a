"""The user model."""

import uuid
from collections.abc import Iterable
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.identity import emails, names
from accounts.identity.fields import AddressField, NameField
from bookstore_project.db.fields import DerivedCharField

from .name_look import LOOK_INDEXES, NAME_LOOKS, NameLook
from .password_owner import PasswordOwner
from .user_queries import UserManager, UserQuerySet, possible_key

# The columns that follow from another one.
DERIVED = {"name": ("name_key", *NAME_LOOKS), "email": ("email_key",)}


class User(NameLook, PasswordOwner, PermissionsMixin):
    """A user who can log in.

    `public_id` is the only id that leaves the server. `admin` may list users, edit every book and
    use the Django admin. `editor` may edit every book, and use the Django admin for books.
    """

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
        null=True,
        source="email",
        derive=emails.email_key,
    )
    # When a mail proved that the address is the user's. Until then, it holds nothing.
    email_confirmed_at = models.DateTimeField(
        _("address confirmed"), null=True, default=None, editable=False
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
    # Whether the account was registered while EMAIL_VERIFICATION was `required`.
    must_confirm_email = models.BooleanField(default=False, db_default=False, editable=False)
    # When the user was invited, or moved in without a password, and has set none yet.
    invited_at = models.DateTimeField(null=True, default=None, editable=False)
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
            models.UniqueConstraint(
                fields=["email_key"],
                condition=Q(email_confirmed_at__isnull=False),
                name="user_email_confirmed",
            ),
        ]
        indexes = [
            models.Index(fields=["date_joined", "public_id"], name="user_joined"),
            models.Index(fields=["email_key"], name="user_email"),
            models.Index(
                fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="user_deleted"
            ),
            *LOOK_INDEXES,
        ]

    @property
    def is_staff(self) -> bool:
        """Whether the user may use the Django admin."""
        return self.edits_all_books

    @property
    def edits_all_books(self) -> bool:
        """Whether the user may change, delete and restore the books of all owners."""
        return self.admin or self.editor

    @property
    def awaits_confirmation(self) -> bool:
        """Whether the user can't log in before their address is confirmed."""
        is_due = self.must_confirm_email and self.email_confirmed_at is None
        return is_due and settings.EMAIL_VERIFICATION == "required"

    def is_named(self, text: str) -> bool:
        """Return whether a text is the user's name, in any case or Unicode form."""
        return bool(self.name_key == possible_key(text))

    def set_password(self, raw_password: str | None) -> None:
        """Set a new password. Saving the user then ends all of their sessions."""
        super().set_password(raw_password)
        self.invited_at = None

    def set_unusable_password(self) -> None:
        """Disable the password. An invitation to set one ends too."""
        super().set_unusable_password()
        self.invited_at = None

    def get_session_auth_hash(self) -> str:
        """Return the value that a browser's session must match. Ending all sessions changes it.

        Django computes it from the password's hash, so that an upgrade of the hash on one device
        would sign out all other devices. It needs no key, because sessions are stored on the
        server, and signed there; so it stays the same when SECRET_KEY is replaced.
        """
        return f"{self.public_id}:{self.session_epoch}"

    def clean(self) -> None:
        """Refuse a name or an address of another user, also in another case or Unicode form.

        A new name must look different, too.
        """
        others = User.objects.exclude(pk=self.pk)
        if others.of_address(self.name).exists():
            taken = ValidationError(_("This name is taken."), code="name_taken")
            raise ValidationError({"name": taken})
        self.require_distinct_name()
        if self.email and others.of_address(self.email).exists():
            taken = ValidationError(_("This email address is taken."), code="email_taken")
            raise ValidationError({"email": taken})

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        if update_fields is not None:
            # A key is stored only with its source, because this instance may be older than the row.
            if "email" in update_fields:
                if "email_confirmed_at" not in update_fields:
                    self.email_confirmed_at = None
                self.email_version += 1
                update_fields = {*update_fields, "email_version", "email_confirmed_at"}
            if "password" in update_fields:
                update_fields = {*update_fields, "invited_at"}
            derived = [name for each in update_fields for name in DERIVED.get(each, ())]
            update_fields = {*update_fields, *derived}
        super().save(*args, update_fields=update_fields, **kwargs)
