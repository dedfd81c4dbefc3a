"""Request bodies: their length must be declared, and they are not written to the disk."""

import pytest
from django.conf import settings
from django.http import UnreadablePostError

from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

REGISTER = "/api/v1/auth/register"


def multipart(*parts: str) -> str:
    return "".join(f"--x\r\n{part}\r\n" for part in parts) + "--x--\r\n"


FILE = 'Content-Disposition: form-data; name="name"; filename="a.txt"\r\n\r\ncontents'
FIELD = 'Content-Disposition: form-data; name="password"\r\n\r\nviolet-Harbour-27'


@pytest.mark.parametrize("path", [REGISTER, "/register", "/healthz"])
def test_a_body_of_undeclared_length_is_411(path: str) -> None:
    response = ConformingClient().post(path, headers={"transfer-encoding": "chunked"})
    assert response.status_code == 411
    assert response.json()["code"] == "length_required"


def test_a_body_with_both_is_read() -> None:
    response = ConformingClient().post(
        "/api/v1/auth/token",
        {"name": "nobody", "password": "wrong"},
        headers={"transfer-encoding": "identity"},
    )
    assert response.status_code == 401


def test_a_file_in_a_form_is_skipped_and_its_fields_are_read() -> None:
    response = ConformingClient().generic(
        "POST", REGISTER, multipart(FILE, FIELD), content_type="multipart/form-data; boundary=x"
    )
    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == ["#/name"]
    assert response.json()["errors"][0]["code"] == "required"


@pytest.mark.parametrize("path", ["/admin/login/", "/api/session/login/"])
def test_a_form_that_is_too_large_is_refused_before_it_is_read(path: str) -> None:
    client = ConformingClient(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = "a" * 32
    filler = FILE + "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    response = client.generic(
        "POST", path, multipart(filler), content_type="multipart/form-data; boundary=x"
    )
    assert response.status_code == 413


def test_a_client_that_hangs_up_is_no_server_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang_up(*args: object) -> None:
        raise UnreadablePostError("connection reset")

    monkeypatch.setattr("bookstore_project.api.parsers.JSONParser.parse", hang_up)
    response = ConformingClient().post(REGISTER, {})
    assert response.status_code == 400
    assert response.json()["code"] == "parse_error"


@pytest.mark.parametrize("path", [REGISTER, "/register"])
@pytest.mark.parametrize("number", ["1e99999999999999999999999", "-1e-99999999999999999999999"])
def test_a_number_beyond_all_range_is_400(path: str, number: str) -> None:
    response = ConformingClient().generic(
        "POST", path, f'{{"x": {number}}}', content_type="application/json"
    )
    assert response.status_code == 400
    assert "out of range" in response.content.decode()
