"""Fill the columns by which books are found and ordered, after an upgrade: docs/upgrading.md."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from books.models import Book
from books.progress import Progress
from books.services import former_indexes
from books.services.reindexing import Reindexed, check_all, reindex, stale_count
from books.services.twins import twins
from bookstore_project.db.lock_waits import wait_for_others

# Pairs of books that are listed.
MAXIMUM_TWINS = 100


class Command(BaseCommand):
    help = (
        "Compute search texts, sort keys and dates of publication of books that an earlier release "
        "wrote. Run it after `migrate`, while that release still serves, and again after the "
        "switch. It can be stopped at any time and goes on where it was."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--all", action="store_true", help="Check every book, not only those known to need it."
        )
        parser.add_argument(
            "--drop-former",
            action="store_true",
            help="After the switch: drop the indexes that only the earlier release reads.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        wait_for_others()
        total = Book.objects.count() if options["all"] else stale_count()
        work = check_all if options["all"] else reindex
        done = Reindexed()
        progress = Progress(self.stdout)
        try:
            for _ in progress.track("books", work(done), total=total):
                pass
        except KeyboardInterrupt:
            raise CommandError(
                f"Stopped. {stale_count():,} books are left: run it again.", returncode=130
            ) from None
        self.stdout.write(str(done))
        self._list_twins()
        if options["drop_former"]:
            former_indexes.drop()
            self.stdout.write("Dropped the indexes of the earlier release.")
        if done.left:
            again = "reindex --all" if options["all"] else "reindex"
            raise CommandError(
                f"Books that were locked all the time, and left out: {done.left:,}. Run manage.py "
                f"{again} again, once the transactions that hold them have ended (PostgreSQL lists "
                "them in pg_stat_activity)."
            )

    def _list_twins(self) -> None:
        for number, each in enumerate(twins(), 1):
            if number > MAXIMUM_TWINS:
                self.stdout.write("There are more.")
                return
            ids = ", ".join(map(str, each.ids))
            self.stdout.write(
                f"The same book but for invisible characters: {each.name!r} by {each.author!r}, "
                f"ids {ids}. Keep one of them."
            )
