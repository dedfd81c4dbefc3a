"""Fault drills: the responses to clients while a dependency fails. `make drills` runs them.

Each module with a function `rows(stage)` is one drill. It serves with two workers in production
settings, breaks one dependency, and yields a Row for each kind of request meanwhile. The other
modules are shared by the drills.
"""
