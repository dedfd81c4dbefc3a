"""The same work in other frameworks, written as in each framework's documentation.

They use the product's tables and accept its tokens; environment variables configure them.
"""
