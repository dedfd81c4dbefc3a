"""Signing in with a provider (OpenID Connect Core 1.0): this service as its client, by Authlib."""
