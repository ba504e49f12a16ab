"""An issuer of somebody else's on this machine, and a proxy that speaks TLS before a server: what the
scripts need beside Towpath to try it as others' cloud."""

import contextlib
import datetime
import http.client
import http.server
import ipaddress
import json
import ssl
import threading
import time
import urllib.parse

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@contextlib.contextmanager
def serving(handler, certificate=None):
    """Serves on a free loopback port and gives its address; with a certificate's file, by TLS."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    scheme = "http"
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket, scheme = context.wrap_socket(server.socket, server_side=True), "https"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{scheme}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Issuer:
    """Publishes one key and signs with it."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.url = None

    @contextlib.contextmanager
    def published(self):
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                documents = {
                    "/.well-known/openid-configuration": {"issuer": issuer.url, "jwks_uri": f"{issuer.url}/keys"},
                    "/keys": {"keys": [issuer.jwk()]},
                }
                answer(self, 200 if self.path in documents else 404, json.dumps(documents.get(self.path, {})).encode())

            def log_message(self, *_):
                pass

        with serving(Handler) as self.url:
            yield self

    def jwk(self):
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))
        return public | {"kid": "one", "use": "sig", "alg": "ES256"}

    def token(self, **claims):
        now = int(time.time())
        said = {"iss": self.url, "iat": now, "nbf": now, "exp": now + 600, "jti": str(time.monotonic_ns())} | claims
        return jwt.encode(said, self.key, "ES256", {"kid": "one"})


def answer(handler, status, body, headers=(("Content-Type", "application/json"),)):
    handler.send_response(status)
    for name, value in headers:
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def proxy(server, certificate):
    """TLS before a server that speaks HTTP."""
    host = urllib.parse.urlsplit(server).netloc

    class Handler(http.server.BaseHTTPRequestHandler):
        def forward(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            upstream = http.client.HTTPConnection(host, timeout=60)
            dropped = ("host", "connection", "accept-encoding")
            headers = {name: value for name, value in self.headers.items() if name.lower() not in dropped}
            upstream.request(self.command, self.path, body, headers)
            got = upstream.getresponse()
            text = got.read()
            answer(self, got.status, text, [("Content-Type", got.getheader("Content-Type", "text/plain"))])
            upstream.close()

        do_GET = do_POST = forward

        def log_message(self, *_):
            pass

    return serving(Handler, certificate)


def certificate(path):
    """Writes a certificate for 127.0.0.1 that vouches for itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(hours=12))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + made.public_bytes(pem))
    return path
