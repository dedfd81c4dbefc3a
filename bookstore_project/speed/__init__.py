"""Faster ways to the answers that Django and DRF give. docs/performance.md has the measurements.

The setting FAST_PATH=off switches all of them off: every request is then served by the plain twin
that the docstring of each module names. .importlinter lists the modules that may import this
package. Three short fast ways are beside their plain ways, and follow the same setting:
accounts/tokens/verified_cache.py, bookstore_project/api/filtering.py and
bookstore_project/api/renderers.py.

These members of other modules serve this package without importing it: `takes_raw` of serializer
fields, `page_columns` of views (paging/paginator.py), `convert` and `columns` of finders
(paging/pages.py), AccessToken.of_claims, and the setting DATABASE_PREPARED_STATEMENTS.
"""
