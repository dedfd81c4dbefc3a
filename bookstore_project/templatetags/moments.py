"""Filters that write times: bookstore_project/web/moments.py."""

from django import template

from bookstore_project.web import moments

register = template.Library()
register.filter("moment", moments.moment)
register.filter("moment_text", moments.moment_text)
register.filter("day", moments.day)
