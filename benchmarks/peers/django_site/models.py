"""The product's tables as plain models."""

import uuid

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone


class User(AbstractBaseUser):
    public_id = models.UUIDField(default=uuid.uuid4, unique=True)
    name = models.CharField(max_length=150, unique=True)
    is_active = models.BooleanField(default=True)
    is_superuser = models.BooleanField(default=False)

    objects = BaseUserManager()
    USERNAME_FIELD = "name"
    is_staff = False

    class Meta:
        managed = False
        db_table = "accounts_user"


class Book(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    name = models.CharField(max_length=255)
    author = models.CharField(max_length=255)
    publisher = models.CharField(max_length=255, null=True)
    price = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    isbn = models.CharField(max_length=13, null=True, blank=True)
    published_on = models.CharField(max_length=10, null=True, blank=True, db_column="published")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    search_text = models.TextField(editable=False)

    class Meta:
        managed = False
        db_table = "books_book"

    def save(self, *args: object, **kwargs: object) -> None:
        self.search_text = f"{self.name}\n{self.author}\n{self.publisher}".lower()
        super().save(*args, **kwargs)
