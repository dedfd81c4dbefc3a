"""Fault drills: what clients get while a part around the service fails. `make drills` runs them.

Each module with a function `rows(stage)` is one drill. It serves with two workers in production
settings, breaks one part, and yields a Row for each thing that was asked meanwhile. The other
modules are what the drills share.
"""
