"""Canonical routes of books, below /api/v1/."""

from bookstore_project.routers import OptionalSlashRouter

from .views import BookViewSet

router = OptionalSlashRouter()
router.register("books", BookViewSet, basename="book")

urlpatterns = router.urls
