"""What holds for every ISBN, and for every list that changes while it is paged through."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from stdnum import ean
from stdnum import isbn as stdnum_isbn

from accounts.models import User
from books.isbn import PATTERN, normalize_isbn
from books.models import Book
from tests.client import ConformingClient
from tests.tools import require_module

from .conftest import BOOKS

pytest.importorskip("hypothesis", reason="pip install -r requirements-dev.txt")
