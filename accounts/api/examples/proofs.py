"""Answers to requests whose sender does not prove who they are."""

from accounts.api.second_factor import WRONG_CODE
from bookstore_project.api.errors import StepUpRequired
from bookstore_project.openapi.examples import error_example, problem_example

WRONG_PASSWORD = problem_example(
    "Wrong password",
    status=403,
    code="wrong_password",
    detail="This is not your password.",
)
STEP_UP_REQUIRED = error_example(
    "The account has a second factor, which was not proved within five minutes", StepUpRequired
)
NOT_PROVED = [WRONG_PASSWORD, STEP_UP_REQUIRED]

WRONG_CODE_LOGIN, WRONG_CODE_STEP_UP = (
    problem_example("A wrong code", status=status, code="wrong_code", detail=WRONG_CODE)
    for status in (401, 403)
)
