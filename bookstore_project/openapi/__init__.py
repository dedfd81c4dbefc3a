"""The OpenAPI document: how it is made, its examples and its pages."""
