"""The wire contract of the Flask tutorial. Do not change it: clients in the wild depend on it.

Translation only: there are no models and no rules here. Removing one line of urls.py removes the
routes, and docs/recipes/remove-the-tutorial.md says what else can go then. The literal responses
are in tests/test_contract.py and in docs/flask-contract.md.
"""
