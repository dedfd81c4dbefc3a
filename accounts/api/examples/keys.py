"""Examples of the public keys, for the OpenAPI document."""

from bookstore_project.openapi.examples import json_example

PUBLIC_KEY = {
    "kty": "OKP",
    "kid": "eddsa-20260105-3f9a1c",
    "alg": "EdDSA",
    "use": "sig",
    "crv": "Ed25519",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}
KEYS = [
    json_example("A key", {"keys": [PUBLIC_KEY]}, media_type=media_type)
    for media_type in ("application/jwk-set+json", "application/json")
]
