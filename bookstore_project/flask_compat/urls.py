"""The tutorial's routes, without trailing slashes."""

from django.urls import path

from .book_views import BooksView, BookView, OneBookView
from .views import LoginView, RegisterView, UsersView

urlpatterns = [
    path("register", RegisterView.as_view(), name="tutorial-register"),
    path("login", LoginView.as_view(), name="tutorial-login"),
    path("users", UsersView.as_view(), name="tutorial-users"),
    path("book", BookView.as_view(), name="tutorial-book"),
    path("books", BooksView.as_view(), name="tutorial-books"),
    path("books/<str:book_id>", OneBookView.as_view(), name="tutorial-one-book"),
]
