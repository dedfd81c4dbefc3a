"""Linters of the OpenAPI document, and clients that generators make of it: `make clients`."""
