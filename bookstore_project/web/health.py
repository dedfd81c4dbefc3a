"""Probes for the operator: is the process up, and can it answer requests?"""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bookstore_project import __version__
from bookstore_project.api.renderers import JSONRenderer
from bookstore_project.openapi.examples import json_example
from bookstore_project.web import readiness
from bookstore_project.web.readiness import Fault


class HealthSerializer(serializers.Serializer[dict[str, str]]):
    status = serializers.ChoiceField(choices=["ok"], read_only=True)


class ReadinessSerializer(serializers.Serializer[dict[str, str]]):
    status = serializers.ChoiceField(
        choices=["ok", "degraded"],
        read_only=True,
        help_text="`degraded`: `code` and `detail` say what is missing; requests are answered.",
    )
    version = serializers.CharField(read_only=True, help_text="The version of the service.")
    # Not read-only: the document would list them as members of every response.
    code = serializers.CharField(
        required=False, help_text="Why it is not `ok`; stable, for programs."
    )
    detail = serializers.CharField(required=False, help_text="For people.")


class UnreadinessSerializer(serializers.Serializer[dict[str, str]]):
    status = serializers.ChoiceField(choices=["unavailable"], read_only=True)
    version = serializers.CharField(read_only=True, help_text="The version of the service.")
    code = serializers.CharField(read_only=True, help_text="Why; stable, for programs.")
    detail = serializers.CharField(read_only=True, help_text="For people.")


class ProbeView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (JSONRenderer,)


UP = json_example("Up", {"status": "ok"})


READY = {"status": "ok", "version": __version__}


def _body(status: str, fault: Fault) -> dict[str, str]:
    return {**READY, "status": status, "code": fault.code, "detail": fault.detail}


DEGRADED = json_example("The counters are unavailable", _body("degraded", readiness.UNCOUNTED))
UNFINISHED = json_example("An upgrade is unfinished", _body("degraded", readiness.UNFINISHED))
DOWN = [
    OpenApiExample(
        fault.detail.rstrip("."),
        _body("unavailable", fault),
        status_codes=["503"],
        response_only=True,
    )
    for fault in (readiness.AWAY, readiness.READ_ONLY, readiness.FULL)
]


@extend_schema(tags=["health"])
class HealthView(ProbeView):
    """Answer that the process is up, without using the database."""

    @extend_schema(
        summary="Is the process up?",
        responses=HealthSerializer,
        examples=[UP],
    )
    def get(self, request: Request) -> Response:
        return Response({"status": "ok"})


@extend_schema(tags=["health"])
class ReadyView(ProbeView):
    """Answer 200 if requests can be answered, and 503 with the reason if not.

    The database has to answer in time, be writable, have room, and have every migration
    (`migrations_missing`). Without the counters of the rate limits the response is 200 with
    `degraded`, because then only requests with a rate limit are refused. The same status has a
    store whose books were not all reindexed after an upgrade (`reindex_unfinished`).
    """

    @extend_schema(
        summary="Can it answer requests?",
        responses={200: ReadinessSerializer, 503: UnreadinessSerializer},
        examples=[json_example("Ready", READY), DEGRADED, UNFINISHED, *DOWN],
    )
    def get(self, request: Request) -> Response:
        if fault := readiness.database_fault():
            return Response(_body("unavailable", fault), status=503)
        if fault := readiness.counters_fault():
            return Response(_body("degraded", fault))
        if fault := readiness.unfinished_work():
            return Response(_body("degraded", fault))
        return Response(READY)
