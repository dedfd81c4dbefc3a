"""Query parameters that are not filters."""

from rest_framework.request import Request

from bookstore_project.api.errors import InvalidParameters

BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def boolean_parameter(request: Request, name: str) -> bool:
    """Return whether a parameter is given and true. Raises InvalidParameters for anything else."""
    text = request.query_params.get(name, "false").lower()
    if text not in BOOLEANS:
        raise invalid_parameter(name, "Give true or false.")
    return BOOLEANS[text]


def invalid_parameter(name: str, detail: str) -> InvalidParameters:
    return InvalidParameters({name: detail}, code="invalid_parameter")
