"""Faster ways to the answers that Django, DRF and SimpleJWT give.

Docs/performance.md has the measurements.
"""
