"""The same work in other frameworks, each as its own documentation writes it.

They read the tables of the product, and take the product's tokens; the environment says where.
"""
