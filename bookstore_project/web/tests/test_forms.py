"""The base class of forms on our own pages."""

from django import forms

from bookstore_project.web.forms import PageForm


class Form(PageForm):
    first = forms.CharField(widget=forms.TextInput(attrs={"autofocus": True}))
    second = forms.CharField()
    third = forms.CharField()


def focused(form: PageForm) -> list[str]:
    return [field.name for field in form if "autofocus" in str(field)]


def test_a_new_form_has_the_focus_where_it_says() -> None:
    assert focused(Form()) == ["first"]


def test_the_first_wrong_field_has_the_focus() -> None:
    form = Form({"first": "x"})
    assert not form.is_valid()
    assert focused(form) == ["second"]


def test_an_error_that_is_found_later_takes_the_focus_too() -> None:
    form = Form(dict.fromkeys(("first", "second", "third"), "x"))
    assert form.is_valid()
    form.add_error("third", "wrong")
    assert focused(form) == ["third"]


def test_an_error_of_the_whole_form_leaves_the_focus() -> None:
    form = Form(dict.fromkeys(("first", "second", "third"), "x"))
    form.add_error(None, "wrong")
    assert focused(form) == ["first"]


def test_one_form_does_not_change_another() -> None:
    Form({"first": "x"}).is_valid()
    assert focused(Form()) == ["first"]
