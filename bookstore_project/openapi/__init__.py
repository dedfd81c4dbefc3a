"""The OpenAPI document: its generation, its examples, and its pages."""
