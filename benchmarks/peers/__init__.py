"""The same work in other frameworks, each as its own documentation writes it: see docs/benchmark.md.

They read the tables of the product, and take the product's tokens; the environment says where.
"""
