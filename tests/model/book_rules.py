"""The rules about books, their history and undo, and what the lists show: see account_rules.py."""

from collections.abc import Iterable
from typing import Any

from .account_rules import FORBIDDEN, MISSING, READ, WRITE, AccountRules, require
from .records import Account, Book, Members, Session, Token


class Model(AccountRules):
    """All rules together."""

    def shown(self, book: Book) -> Members:
        return {"id": book.id, "owner": book.owner.id, "version": book.version, **book.values}

    def is_editor(self, me: Account, book: Book) -> bool:
        return me is book.owner or bool(me.rights & {"admin", "editor"})

    def editor(self, token: Token, book: Book, *scopes: str, tag: str = "") -> Account:
        """Return the caller, who may change a book, or restore a deleted one."""
        me = self.caller(token, WRITE, *scopes)
        may = self.is_editor(me, book)
        require(not book.is_deleted or (may and book.changes), MISSING)
        require(may, FORBIDDEN)
        require(tag != "older" and not (tag and book.is_deleted), "412 stale")
        return me

    def require_no_twin(self, owner: Account, values: Members, book: Book | None = None) -> None:
        others = [each for each in self.books if each.owner is owner and each is not book]
        editions = [
            each.values | {"price": values["price"]} for each in others if not each.is_deleted
        ]
        require(values not in editions, "409 book_exists")

    def add(self, token: Token, values: Members) -> Book:
        me = self.caller(token, WRITE)
        self.require_no_twin(me, values)
        self.books.append(Book(me, values))
        return self.books[-1]

    def show(self, token: Token, book: Book, tag: str) -> Members:
        self.caller(token, READ, WRITE)
        require(not book.is_deleted, MISSING)
        require(tag not in ("current", "*"), "304")
        return self.shown(book)

    def change(self, token: Token, book: Book, values: Members | None, tag: str) -> Any:
        """Change a book, or delete it without values."""
        self.caller(token, WRITE)
        require(not book.is_deleted, MISSING)
        me = self.editor(token, book, tag=tag)
        shown = self.store(book, "changed" if values else "deleted", me, values)
        return shown if values else None

    def store(self, book: Book, kind: str, me: Account, values: Members | None) -> Members:
        if values is not None:
            self.require_no_twin(book.owner, values, book)
        before = None if book.is_deleted else book.values
        if values != before:
            book.version, book.is_deleted = book.version + 1, values is None
            book.values = values or book.values
            change = {"version": book.version, "kind": kind, "before": before, "after": values}
            book.changes.insert(0, {**change, "actor": me.id, "actor_name": me.name})
        return self.shown(book)

    def restore(self, token: Token, book: Book, version: int | None, tag: str) -> Members:
        me = self.editor(token, book, tag=tag)
        befores = [(each["version"] - 1, each["before"]) for each in book.changes if each["before"]]
        if version is None:
            now = None if book.is_deleted else book.values
            found = [values for _, values in befores if values != now]
        else:
            found = [values for number, values in befores if number == version]
        require(found, "409 no_such_version")
        return self.store(book, "restored", me, found[0])

    def history(self, token: Token, book: Book) -> list[Members]:
        self.editor(token, book, READ)
        return book.changes

    def rows(self, token: Token, kind: str) -> list[Members]:
        """Return the rows of a list, in any order, each with its key first."""
        me = self.caller(token, *((READ, WRITE) if kind.startswith("books") else ()))
        require(kind != "users" or "admin" in me.rights, FORBIDDEN)
        mine = [each for each in self.sessions + self.api_tokens if each.account is me]
        live = [each for each in mine if self.is_live(each)]
        rows: dict[str, Iterable[Members]] = {
            "users": (self.profile(each) for each in self.accounts if not each.is_deleted),
            "auth/sessions": (
                {"sid": each.id, **self.times(each), "is_current": each is token.session}
                for each in live
                if isinstance(each, Session)
            ),
            "users/me/tokens": (
                {"id": each.id, "scopes": [each.kind], "keep_on_sign_out": each.stays}
                for each in live
                if isinstance(each, Token)
            ),
            "books": (self.shown(each) for each in self.books if not each.is_deleted),
            "books/deleted": (
                {"id": each.id, "version": each.version, "book": each.values}
                for each in self.books
                if each.changes and each.is_deleted and self.is_editor(me, each)
            ),
        }
        return list(rows[kind])
