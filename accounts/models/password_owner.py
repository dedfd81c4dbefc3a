"""The password of a user: its hash, and what a new one ends."""

from typing import Self

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import check_password, make_password
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.identity.passwords import is_of_prepared


class PasswordOwner(AbstractBaseUser):
    """Somebody with a password, whose sessions end with a new one."""

    # Wider than Django's, for a scrypt hash as the tutorial stored it.
    password = models.CharField(_("password"), max_length=255)

    session_epoch: int

    class Meta:
        abstract = True

    def set_password(self, raw_password: str | None) -> None:
        """Set a new password. Saving the user then ends all of their sessions."""
        super().set_password(raw_password)
        self.session_epoch += 1

    def check_password(self, raw_password: str | None) -> bool:
        """Return whether the password is right. An outdated hash is replaced, without new epoch.

        The hash of an earlier release is of the password as it was typed. One beyond ASCII may be
        typed in another form, and is replaced by a hash of the form that all of them have.
        """

        replaced = self.password
        rows: models.QuerySet[Self] = models.QuerySet(type(self))

        def upgrade(password: str) -> None:
            self.password = make_password(password)
            # The filter keeps a password that was set meanwhile.
            rows.filter(pk=self.pk, password=replaced).update(password=self.password)

        is_right = check_password(raw_password, self.password, upgrade)
        typed = raw_password or ""
        if is_right and not typed.isascii() and not is_of_prepared(self.password):
            upgrade(typed)
        return is_right
