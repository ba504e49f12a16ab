"""Writes sigv4.json beside this file: varied requests, signed by botocore's own signers.

    python3 sigv4.py        (needs botocore from PyPI)
"""

import datetime
import json
import pathlib
from unittest import mock

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

AT = datetime.datetime(2026, 11, 22, 10, 15, 30)
KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
HERE = "http://127.0.0.1:7700"
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
IDENTITY = b"Action=GetCallerIdentity&Version=2011-06-15"


def target(name, version="1.1", **more):
    return {"Content-Type": f"application/x-amz-json-{version}", "X-Amz-Target": name, **more}


LIST = target("CodePipeline_20150709.ListPipelines")
GET = "CodePipeline_20150709.GetPipeline"
NEW = "com.amazonaws.codeconnections.CodeConnections_20231201.ListConnections"
OLD = "com.amazonaws.codestar.connections.CodeStar_connections_20191201.ListHosts"
OWN = "Towpath_20261101.ListDeliveries"

# name, service, region, method, URL, headers, body, session token, signer
HEADER, OBJECT = botocore.auth.SigV4Auth, botocore.auth.S3SigV4Auth
QUERY, OBJECT_QUERY = botocore.auth.SigV4QueryAuth, botocore.auth.S3SigV4QueryAuth
ROWS = [
    ("json 1.1 call", "codepipeline", "us-east-1", "POST", "/", LIST, b"{}", None, HEADER),
    ("json 1.0 call", "codeconnections", "us-east-1", "POST", "/", target(NEW, "1.0"), b'{"MaxResults":10}', None, HEADER),
    ("older prefix", "codestar-connections", "eu-central-1", "POST", "/", target(OLD, "1.0"), b"{}", None, HEADER),
    ("form", "sts", "us-east-1", "POST", "/", FORM, IDENTITY, None, HEADER),
    ("session token", "sts", "us-east-1", "POST", "/", FORM, IDENTITY, "FwoGZXIvYXdzEXAMPLE//token==", HEADER),
    ("own service", "towpath", "us-east-1", "POST", "/", target(OWN), '{"repository":"größe/ü"}'.encode(), None, HEADER),
    ("header with inner spaces", "codepipeline", "us-east-1", "POST", "/", target(GET, **{"X-Amz-Meta-Note": "a   b  c"}), b'{"name":"p"}', None, HEADER),
    ("header with outer spaces", "codepipeline", "us-east-1", "POST", "/", target(GET, **{"X-Amz-Meta-Note": "  padded  "}), b'{"name":"p"}', None, HEADER),
    ("get with query out of order", "sts", "us-east-1", "GET", "/?Version=2011-06-15&Action=GetCallerIdentity", {}, b"", None, HEADER),
    ("query with equal names", "sts", "us-east-1", "GET", "/?b=2&a=2&a=1&c=", {}, b"", None, HEADER),
    ("query with escapes", "sts", "us-east-1", "GET", "/?k%20ey=v%2Fal%2Bue%3D&u=%C3%BC", {}, b"", None, HEADER),
    ("path with dots and slashes", "codepipeline", "us-east-1", "GET", "/a/./b/../c//d/", {}, b"", None, HEADER),
    ("path with escapes", "codepipeline", "us-east-1", "GET", "/a%20b/%C3%BC~x", {}, b"", None, HEADER),
    ("named host", "codepipeline", "us-east-1", "POST", "https://towpath.example.com/", LIST, b"{}", None, HEADER),
    ("empty body", "codepipeline", "us-east-1", "POST", "/", LIST, b"", None, HEADER),
    ("object get", "s3", "us-east-1", "GET", "/bucket/a//b/../c%20d?list-type=2&prefix=x%2Fy", {}, b"", None, OBJECT),
    ("object put", "s3", "us-east-1", "PUT", "/bucket/key%2Bplus", {"Content-Type": "application/zip"}, b"PK\x03\x04", None, OBJECT),
    ("presigned object", "s3", "us-east-1", "GET", "/bucket/key%20x?versionId=3", {}, b"", "FwoGtoken==", OBJECT_QUERY),
    ("presigned identity", "sts", "us-east-1", "GET", "/?Action=GetCallerIdentity&Version=2011-06-15", {}, b"", None, QUERY),
]


def signed(name, service, region, method, url, headers, body, token, signer):
    request = AWSRequest(method, url if "://" in url else HERE + url, dict(headers), body)
    more = {"expires": 600} if signer in (QUERY, OBJECT_QUERY) else {}
    with mock.patch("botocore.auth.get_current_datetime", lambda *_, **__: AT):
        signer(Credentials(KEY, SECRET, token), service, region, **more).add_auth(request)
    host, _, rest = request.url.split("://", 1)[1].partition("/")
    path, _, query = ("/" + rest).partition("?")
    return {
        "name": name, "service": service, "region": region, "method": method,
        "path": path, "query": query,
        "headers": [["Host", host], *map(list, request.headers.items())],
        "body": body.decode(), "token": token,
    }


golden = {
    "made_by": f"botocore {botocore.__version__}", "at": AT.strftime("%Y%m%dT%H%M%SZ"),
    "access_key_id": KEY, "secret_access_key": SECRET,
    "requests": [signed(*row) for row in ROWS],
}
text = json.dumps(golden, indent=1, ensure_ascii=False)
pathlib.Path(__file__).with_name("sigv4.json").write_text(text + "\n", encoding="utf-8")
