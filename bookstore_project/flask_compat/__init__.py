"""The wire contract of the Flask tutorial. Do not change it: clients in the wild depend on it.

Translation only: no models and no rules live here, and one line of urls.py removes it all. The
contract's literal answers stand in tests/test_contract.py and in docs/flask-contract.md.
"""
