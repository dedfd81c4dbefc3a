"""Faster ways to the answers that Django, DRF and SimpleJWT give.

The setting FAST_PATH switches all of them off: every request is then served by the plain twin that
the docstring of each module names. docs/performance.md has the measurements.
"""
