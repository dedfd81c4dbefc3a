"""What the pages of books in the browsable API have beside their forms: undo, above all."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework.reverse import reverse

from accounts.tokens.authentication import authenticated_user
from books.models import BookChange, ChangeKind
from books.models.change import changed_members
from bookstore_project.web.moments import moment_text
from bookstore_project.web.page_problem import FieldError
from bookstore_project.web.view_page import Button, Link, Notice, Row, ViewPage

# Refused rows of a file above the form that sends the next one.
SHOWN_ERRORS = 20

# Parameters of a list that its export does not have.
OF_PAGES = ("limit", "cursor", "count", "format")


def _time(text: str) -> str:
    """Return a time of the API as people read it."""
    return moment_text(datetime.fromisoformat(text))


def _shown(value: Any) -> str:
    return "–" if value is None else str(value)


def _book(pk: int | str) -> str:
    return reverse("book-detail", kwargs={"pk": pk})


def _history(pk: int | str) -> Link:
    return Link(_("History"), reverse("book-history", kwargs={"pk": pk}))


def _restore_path(pk: int | str) -> str:
    return reverse("book-restore", kwargs={"pk": pk})


def _bring_back(pk: int, *, name: str) -> Button:
    """Return a button that restores a deleted book."""
    label = gettext("Restore %s") % name
    return Button(text=_("Restore"), label=label, address=_restore_path(pk))


class BookPage(ViewPage):
    """The list of books, or one book."""

    titles = {"PUT": _("Edit this book"), "POST": _("Add a book"), "DELETE": _("Delete this book")}

    def links(self) -> list[Link]:
        pk = self.view.kwargs.get("pk")
        if pk is not None:
            return [_history(pk)] if self.may_change and not self.is_gone else []
        shown = self.request.GET.copy()
        for name in OF_PAGES:
            shown.pop(name, None)
        query = f"?{shown.urlencode()}" if shown and self.is_success else ""
        return [
            Link(_("Your books"), f"{reverse('book-list')}?owner=me"),
            Link(_("Deleted books"), reverse("books-deleted")),
            Link(_("Export"), reverse("book-export") + query),
            Link(_("Import"), reverse("book-import")),
        ]

    def notice(self) -> Notice | None:
        pk = self.view.kwargs.get("pk")
        if self.is_gone and self.is_success:
            return Notice(
                text=_("The book was deleted."),
                button=Button(text=_("Undo"), address=_restore_path(pk)),
                links=(Link(_("Deleted books"), reverse("books-deleted")),),
            )
        if self.is_gone:
            return self._deleted(int(pk))
        if self.request.method in {"PUT", "PATCH"} and self.is_success:
            return Notice(text=_("The book is saved."), links=(_history(pk),))
        return super().notice()

    def _deleted(self, pk: int) -> Notice | None:
        """Return how to restore a deleted book, to those who may; others learn nothing."""
        deletion = BookChange.objects.last_of(book_id=pk, user=authenticated_user(self.request))
        if deletion is None or deletion.kind != ChangeKind.DELETED:
            return None
        text = gettext("“%(name)s” was deleted on %(at)s by %(actor)s. You can restore it.")
        name, at = deletion.title, moment_text(deletion.at)
        return Notice(
            text=text % {"name": name, "at": at, "actor": deletion.actor_name},
            button=_bring_back(pk, name=name),
            links=(_history(pk),),
        )


class HistoryPage(ViewPage):
    """The versions of a book, each with a button that restores it."""

    @property
    def heading(self) -> str:
        title = self.view.book_title
        return gettext("History of %s") % title if title else ""

    def links(self) -> list[Link]:
        if not self.is_success:
            return []
        pk = self.view.kwargs["pk"]
        return [Link(_("The book"), _book(pk)), Link(_("Deleted books"), reverse("books-deleted"))]

    def rows(self) -> list[Row]:
        changes = self.results()
        if not changes:
            return []
        rows = [self._row(change) for change in changes]
        if self.data["previous"] is None and changes[0]["after"] is not None:
            # This one is the book as it is.
            now = gettext("(as it is now)")
            rows[0] = Row(text=rows[0].text, note=f"{rows[0].note} {now}")
        oldest = changes[-1]
        if self.data["next"] is None and oldest["before"] is not None:
            version = oldest["version"] - 1
            rows.append(self._version(version, gettext("before these changes")))
        return rows

    def _row(self, change: dict[str, Any]) -> Row:
        before, after = change["before"] or {}, change["after"] or {}
        differences = [
            f"{name}: {_shown(old)} → {_shown(new)}"
            for name, old, new in changed_members(before, after)
            if before and after
        ]
        kind = ChangeKind(change["kind"]).label
        made = f"{kind}, {_time(change['at'])}, {change['actor_name']}"
        note = f"{made}. {'; '.join(differences)}".removesuffix(". ")
        if change["after"] is None:
            return Row(text=gettext("Version %d") % change["version"], note=note)
        return self._version(change["version"], note)

    def _version(self, version: int, note: str) -> Row:
        return Row(
            text=gettext("Version %d") % version,
            note=note,
            button=Button(
                text=_("Restore"),
                label=gettext("Restore version %d") % version,
                address=_restore_path(self.view.kwargs["pk"]),
                fields={"version": version},
            ),
        )


class DeletedBooksPage(ViewPage):
    """Deleted books, each with a button that restores it."""

    def links(self) -> list[Link]:
        return [Link(_("Books"), reverse("book-list"))]

    def rows(self) -> list[Row]:
        return [
            Row(
                text=row["book"]["name"],
                address=_history(row["id"]).address,
                note=f"{row['book']['author']}. {_time(row['deleted_at'])}",
                button=_bring_back(row["id"], name=row["book"]["name"]),
            )
            for row in self.results()
        ]


class RestorePage(ViewPage):
    """The answer to a button that restores."""

    titles = {"POST": _("Restore")}

    @property
    def heading(self) -> str:
        return gettext("Restored: %s") % self.subject if self.subject else ""

    def links(self) -> list[Link]:
        if self.is_gone:
            return []
        pk = self.view.kwargs["pk"]
        book = [Link(_("The book"), _book(pk))] if self.subject else []
        return [*book, _history(pk)]

    def notice(self) -> Notice | None:
        if self.request.method != "POST" or not self.is_success:
            return None
        return Notice(
            text=gettext("Restored as version %d:") % self.data["version"],
            links=(Link(self.data["name"], _book(self.data["id"])),),
        )


def _where(error: dict[str, Any]) -> str:
    """Return where the error of a row is, with the name that the file has for the column."""
    line: int = error["line"]
    column: str = error["column"] or error["pointer"].removeprefix("#").removeprefix("/")
    if not column:
        return gettext("Line %d") % line
    return gettext("Line %(line)d, %(column)s") % {"line": line, "column": column}


class ImportPage(ViewPage):
    """A file is chosen in a form; nobody pastes one into a box."""

    titles = {"POST": _("Import")}
    has_raw_forms = False

    def errors(self) -> list[FieldError]:
        """Return why the first rows of the file were refused; the answer has more of them."""
        refused = self.data.get("report", {}).get("errors", [])
        return [FieldError(error["detail"], _where(error)) for error in refused[:SHOWN_ERRORS]]

    def links(self) -> list[Link]:
        return [Link(_("Books"), reverse("book-list")), Link(_("Export"), reverse("book-export"))]

    def notice(self) -> Notice | None:
        if self.request.method != "POST" or not self.is_success:
            return None
        if self.view.is_dry_run:
            text = gettext(
                "Nothing was stored. New books would be: %(created)d. Changed: %(changed)d. "
                "Unchanged: %(unchanged)d. Refused rows: %(refused)d."
            )
        else:
            text = gettext(
                "New books: %(created)d. Changed: %(changed)d. Unchanged: %(unchanged)d. "
                "Refused rows: %(refused)d."
            )
        return Notice(text=text % self.data, links=(Link(_("Books"), reverse("book-list")),))
