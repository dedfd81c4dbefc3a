"""Faster ways to the answers that Django and DRF give. docs/performance.md has the measurements.

The setting FAST_PATH=off switches all of them off: every request is then served by the plain twin
that the docstring of each module names. .importlinter lists the modules that may import this
package. Three short fast ways are beside their plain ways, and follow the same setting:
accounts/tokens/verified_cache.py, api/filtering.py and api/renderers.py.
"""
