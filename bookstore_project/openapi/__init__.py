"""The OpenAPI document: how it is made."""
