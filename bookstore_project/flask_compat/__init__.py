"""The wire contract of the Flask tutorial. Do not change it: clients in the wild depend on it.

Translation only: there are no models and no rules here, and removing one line of urls.py removes it
all. The literal responses are in tests/test_contract.py and in docs/flask-contract.md.
"""
