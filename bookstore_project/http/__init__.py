"""Middleware and header fields, rate limits, and problem details."""
