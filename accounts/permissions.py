"""Who may see and change accounts."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from .models import User


class IsAdmin(BasePermission):
    """Allows users with the admin flag."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, User) and request.user.admin


class SparesSuperusers(BasePermission):
    """Lets only a superuser change one, as the Django admin does."""

    message = "Only a superuser may change what a superuser may do."

    def has_object_permission(self, request: Request, view: APIView, obj: Any) -> bool:
        if request.method in SAFE_METHODS or not obj.is_superuser:
            return True
        return isinstance(request.user, User) and request.user.is_superuser
