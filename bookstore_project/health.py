"""Probes for whoever runs the service: is the process up, and can it reach its database?"""

from django.db import Error, connection
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from .examples import json_example
from .renderers import JSONRenderer


class HealthSerializer(serializers.Serializer[dict[str, str]]):
    status = serializers.ChoiceField(choices=["ok", "unavailable"], read_only=True)


class ProbeView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (JSONRenderer,)


UP = json_example("Up", {"status": "ok"})
DOWN = OpenApiExample("Down", {"status": "unavailable"}, status_codes=["503"], response_only=True)


@extend_schema(tags=["health"])
class HealthView(ProbeView):
    """Answer that the process is up, without asking the database."""

    @extend_schema(
        operation_id="healthz",
        summary="Is the process up?",
        responses=HealthSerializer,
        examples=[UP],
    )
    def get(self, request: Request) -> Response:
        return Response({"status": "ok"})


@extend_schema(tags=["health"])
class ReadyView(ProbeView):
    """Answer 200 if the database answers, 503 if it does not."""

    @extend_schema(
        operation_id="readyz",
        summary="Does the database answer?",
        responses={200: HealthSerializer, 503: HealthSerializer},
        examples=[UP, DOWN],
    )
    def get(self, request: Request) -> Response:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except Error:
            return Response({"status": "unavailable"}, status=503)
        return Response({"status": "ok"})
