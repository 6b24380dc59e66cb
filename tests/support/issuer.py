"""An OpenID provider of the tests' own, whose keys they hold."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

AUDIENCE = "https://okr.example.com"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def published(key: Any, key_id: str) -> dict[str, Any]:
    kind = jwt.algorithms.ECAlgorithm if isinstance(key, ec.EllipticCurvePrivateKey) else jwt.algorithms.RSAAlgorithm
    return {**kind.to_jwk(key.public_key(), as_dict=True), "kid": key_id, "use": "sig"}


class Issuer:
    """Publishes keys over HTTP, and counts how often it is asked for them."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.keys: list[dict[str, Any]] = [published(RSA_KEY, "one"), published(EC_KEY, "curve")]
        self.asked = 0
        self.is_broken = False

    def token(self, key: Any = RSA_KEY, algorithm: str = "RS256", headers: dict[str, Any] | None = None, **claims: Any) -> str:
        now = int(time.time())
        content = {"iss": self.address, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + 300, **claims}
        kept = {name: value for name, value in content.items() if value is not None}
        return jwt.encode(kept, key, algorithm=algorithm, headers={"kid": "one", **(headers or {})})


@contextmanager
def issuing() -> Iterator[Issuer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/keys":
                issuer.asked += 1
            documents = {
                "/.well-known/openid-configuration": {"issuer": issuer.address, "jwks_uri": f"{issuer.address}/keys"},
                "/keys": {"keys": issuer.keys},
            }
            content = json.dumps(documents[self.path]).encode()
            self.send_response(500 if issuer.is_broken else 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer = Issuer(f"http://127.0.0.1:{server.server_address[1]}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield issuer
        finally:
            server.shutdown()
