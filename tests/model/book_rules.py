"""The rules about books, their history and undo, and what the lists show: see account_rules.py."""

from .account_rules import FORBIDDEN, MISSING, AccountRules
from .answers import require
from .records import READ, WRITE, Account, Book, Members, Token


class Model(AccountRules):
    """All rules together."""

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

    def require_no_twin(self, new: Book, book: Book | None = None) -> None:
        others = [each for each in self.books if each.owner is new.owner and each is not book]
        editions = [each.edition for each in others if not each.is_deleted]
        require(new.edition not in editions, "409 book_exists")

    def add(self, token: Token, values: Members) -> Book:
        book = Book(self.caller(token, WRITE), values)
        self.require_no_twin(book)
        self.books.append(book)
        return book

    def show(self, token: Token, book: Book, tag: str) -> Members:
        self.caller(token, READ, WRITE)
        require(not book.is_deleted, MISSING)
        require(tag not in ("current", "*"), "304")
        return book.shown()

    def change(self, token: Token, book: Book, values: Members | None, tag: str) -> Members:
        """Change a book, or delete it without values."""
        self.caller(token, WRITE)
        require(not book.is_deleted, MISSING)
        me = self.editor(token, book, tag=tag)
        return self.store(book, "changed" if values else "deleted", me, values)

    def store(self, book: Book, kind: str, me: Account, values: Members | None) -> Members:
        if values is not None:
            self.require_no_twin(Book(book.owner, values), book)
        before = book.now
        if values != before:
            book.version, book.is_deleted = book.version + 1, values is None
            book.values = values or book.values
            change = {"version": book.version, "kind": kind, "before": before, "after": values}
            book.changes.insert(0, {**change, "actor": me.id, "actor_name": me.name})
        return book.shown()

    def restore(self, token: Token, book: Book, version: int | None, tag: str) -> Members:
        me = self.editor(token, book, tag=tag)
        befores = [(each["version"] - 1, each["before"]) for each in book.changes if each["before"]]
        found = [old for n, old in befores if version in (None, n) and (version or old != book.now)]
        require(found, "409 no_such_version")
        return self.store(book, "restored", me, found[0])

    def history(self, token: Token, book: Book) -> list[Members]:
        self.editor(token, book, READ)
        return book.changes

    def rows(self, token: Token, kind: str) -> list[Members]:
        """Return the rows of a list, in any order, each with its key first."""
        me = self.caller(token, *((READ, WRITE) if kind.startswith("books") else ()))
        require(kind != "users" or "admin" in me.rights, FORBIDDEN)
        own: Members = {"auth/sessions": self.sessions, "users/me/tokens": self.api_tokens}
        if kind in own:
            mine = [each for each in own[kind] if each.account is me]
            return [each.shown(token) for each in mine if self.is_live(each)]
        if kind == "users":
            return [each.shown() for each in self.accounts if not each.is_deleted]
        if kind == "books":
            return [each.shown() for each in self.books if not each.is_deleted]
        gone = [each for each in self.books if each.is_deleted and each.changes]
        return [each.deletion() for each in gone if self.is_editor(me, each)]
