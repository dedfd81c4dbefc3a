"""The tutorial's routes, without trailing slashes."""

from django.urls import path

from .views import (
    BookDeleteView,
    BooksView,
    BookView,
    LoginView,
    RegisterView,
    UsersView,
)

urlpatterns = [
    path("register", RegisterView.as_view(), name="tutorial-register"),
    path("login", LoginView.as_view(), name="tutorial-login"),
    path("users", UsersView.as_view(), name="tutorial-users"),
    path("book", BookView.as_view(), name="tutorial-book"),
    path("books", BooksView.as_view(), name="tutorial-books"),
    path("books/<str:book_id>", BookDeleteView.as_view(), name="tutorial-book-delete"),
]
