"""The steps about books, and what all of them begin and end with."""

import sys
from typing import Any

from hypothesis.stateful import initialize, rule

from . import draws
from .answers import body_of, compare
from .draws import chosen, conditional
from .factor_steps import FactorSteps
from .records import READ, Book


class Machine(FactorSteps):
    """Two users and an admin at first, with a book and an API token of the second user."""

    @initialize()
    def begin(self) -> None:
        for name in ("boss", "bob", "ada"):
            self.register(name, draws.PASSWORDS[0])
            self.login(name, is_right=True)
        self.product.make_admin("boss")
        self.model.accounts[0].rights.add("admin")
        self.add(0, draws.EMMA, is_lost=False)
        self.make_token(0, READ, stays=True, is_right=True)

    def teardown(self) -> None:
        """Compare everything that is stored, unless a step has failed."""
        try:
            for account in [] if sys.exc_info()[0] else self.model.accounts:
                self.enter(account.name)
                self.show_factors(0)
                for path in draws.LISTS:
                    self.read_list(0, path)
                for number in range(len(self.model.books)):
                    self.history(0, 8 * number)
        finally:
            self.product.close()

    def book(self, who: int, which: int, *, is_there: bool = True) -> Book:
        """Return a book: mostly one of the caller, which has not been deleted if `is_there`."""
        me = self.bearer(who, " books").account
        mine = [book for book in self.model.books if book.owner is me]
        mine = [book for book in mine if not (is_there and book.is_deleted)]
        book: Book = chosen(mine if mine and which % 8 else self.model.books, which // 8)
        return book

    @rule(who=draws.PICK, values=draws.VALUES, is_lost=draws.FLAG)
    def add(self, who: int, values: Any, is_lost: bool) -> None:
        """Add a book; if the answer is lost, send the request with its key again."""
        key = (
            {"Idempotency-Key": f"{len(self.model.books)}-{self.model.now.timestamp()}"}
            if is_lost
            else {}
        )
        args = self.model.add, values
        answer, book = self.call(who, "201 POST books", *args, body=values, headers=key)
        if book:
            book.id = body_of(answer)["id"]
            compare(answer, 201, book.shown)
        if book and is_lost:
            token = self.bearer(who, " books").text
            again = self.send("POST books", values, token=token, headers=key)
            compare(again, 201, book.shown)

    @rule(who=draws.PICK, which=draws.PICK, tag=draws.TAG)
    def show(self, who: int, which: int, tag: str) -> None:
        book = self.book(who, which)
        headers = conditional(book, tag, "If-None-Match")
        self.call(who, f"200 GET books/{book.id}", self.model.show, book, tag, headers=headers)

    @rule(who=draws.PICK, which=draws.PICK, values=draws.VALUES, tag=draws.TAG)
    def change(self, who: int, which: int, values: Any, tag: str) -> None:
        book, change = self.book(who, which), self.model.change
        request, headers = f"200 PATCH books/{book.id}", conditional(book, tag)
        self.call(who, request, change, book, values, tag, body=values, headers=headers)

    @rule(who=draws.PICK, which=draws.PICK, tag=draws.TAG)
    def delete(self, who: int, which: int, tag: str) -> None:
        book, change = self.book(who, which), self.model.change
        request, headers = f"204 DELETE books/{book.id}", conditional(book, tag)
        self.call(who, request, change, book, None, tag, headers=headers)

    @rule(who=draws.PICK, which=draws.PICK, version=draws.VERSION, tag=draws.TAG)
    def restore(self, who: int, which: int, version: int | None, tag: str) -> None:
        book, restore = self.book(who, which, is_there=False), self.model.restore
        request, headers = f"200 POST books/{book.id}/restore", conditional(book, tag)
        body = {"version": version} if version else {}
        self.call(who, request, restore, book, version, tag, body=body, headers=headers)

    @rule(who=draws.PICK, which=draws.PICK)
    def history(self, who: int, which: int) -> None:
        book = self.book(who, which, is_there=False)
        self.call(who, f"200 GET books/{book.id}/history?limit=100", self.model.history, book)

    @rule(who=draws.PICK, path=draws.LIST)
    def read_list(self, who: int, path: str) -> None:
        self.call(who, f"200 GET {path}?limit=100", self.model.rows, path)
