"""Permissions on accounts."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import User
from accounts.services.access import may_act_on


class IsAdmin(BasePermission):
    """Allows users with the admin flag."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, User) and request.user.admin


class SparesSuperusers(BasePermission):
    """Allows only superusers to change a superuser's account. Every admin may read it."""

    message = "Only a superuser may change the rights of a superuser."

    def has_object_permission(self, request: Request, view: APIView, obj: Any) -> bool:
        return request.method in SAFE_METHODS or may_act_on(request.user, obj)
