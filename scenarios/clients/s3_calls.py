"""boto3 and the `aws` command speak S3 to a running server: objects come back as they were put, whole,
in parts and by presigned links; rights are those of policies; what is forged, cut off or altered on
its way is refused, and leaves nothing behind."""

import base64
import binascii
import functools
import hashlib
import hmac
import http.client
import json
import os
import unittest
import urllib.error
import urllib.request

import boto3
import botocore
import botocore.config
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError
from running import ACCOUNT, REGION, Server, run

MEGABYTE = 1024 * 1024
LARGE = 100 * MEGABYTE
KEYS = ["plain", "a/b/c.txt", "with space", "ünï/çødé", "a+b&c=d?e#f", "../up", "a//b", "trailing/", "%41", "x" * 1024]


class S3(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        cls.s3 = cls.server.client("s3")
        cls.iam = cls.server.client("iam")

    def setUp(self):
        self.bucket = "b-" + hashlib.sha1(self.id().encode()).hexdigest()[:20]
        self.s3.create_bucket(Bucket=self.bucket)

    def refused(self, code, call, status=None, **arguments):
        with self.assertRaises(ClientError) as refused:
            call(**arguments)
        answer = refused.exception.response
        self.assertEqual(answer["Error"]["Code"], code, answer)
        if status:
            self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], status)
        return refused.exception

    def put(self, key, body=b"abc", **more):
        return self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, **more)

    def get(self, key, **more):
        return self.s3.get_object(Bucket=self.bucket, Key=key, **more)["Body"].read()

    def keys(self, **more):
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, **more)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def as_user(self, name, policy, service="s3"):
        self.iam.create_user(UserName=name)
        self.iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
        key = self.iam.create_access_key(UserName=name)["AccessKey"]
        return boto3.client(
            service, endpoint_url=self.server.address, region_name=REGION,
            aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"],
            config=botocore.config.Config(retries={"total_max_attempts": 1}))

    # Objects.

    def test_any_key_comes_back_as_it_was_put(self):
        for key in KEYS:
            self.put(key, key.encode())
        self.assertEqual(self.keys(), sorted(KEYS, key=str.encode))
        self.assertEqual(self.keys(PaginationConfig={"PageSize": 3}), sorted(KEYS, key=str.encode))
        for key in KEYS:
            self.assertEqual(self.get(key), key.encode())
        listed = self.s3.list_objects(Bucket=self.bucket, Delimiter="/")
        self.assertEqual([it["Prefix"] for it in listed["CommonPrefixes"]], ["../", "a/", "trailing/", "ünï/"])

    def test_what_is_said_of_an_object_is_kept(self):
        said = {"ContentType": "text/plain", "CacheControl": "no-cache", "ContentDisposition": "inline",
                "ContentLanguage": "de", "Metadata": {"color": "blue"}}
        put = self.put("k", **said, Tagging="team=canal&x=y")
        self.assertEqual(put["ETag"], f'"{hashlib.md5(b"abc").hexdigest()}"')
        self.assertEqual(put["ChecksumCRC32"], "NSRBwg==")
        head = self.s3.head_object(Bucket=self.bucket, Key="k")
        for name, value in said.items():
            self.assertEqual(head[name], value)
        self.assertEqual((head["ContentLength"], head["ETag"], head["TagCount"]), (3, put["ETag"], 2))
        got = self.s3.get_object(Bucket=self.bucket, Key="k", ResponseContentType="x/y", ChecksumMode="ENABLED")
        self.assertEqual((got["ContentType"], got["ChecksumCRC32"]), ("x/y", "NSRBwg=="))
        tags = self.s3.get_object_tagging(Bucket=self.bucket, Key="k")["TagSet"]
        self.assertEqual(tags, [{"Key": "team", "Value": "canal"}, {"Key": "x", "Value": "y"}])
        self.s3.copy_object(Bucket=self.bucket, Key="k2", CopySource={"Bucket": self.bucket, "Key": "k"})
        self.assertEqual(self.s3.head_object(Bucket=self.bucket, Key="k2")["Metadata"], {"color": "blue"})
        self.s3.copy_object(Bucket=self.bucket, Key="k2", CopySource=f"{self.bucket}/k", MetadataDirective="REPLACE")
        self.assertEqual(self.s3.head_object(Bucket=self.bucket, Key="k2")["Metadata"], {})

    def test_ranges_and_conditions(self):
        etag = self.put("k", b"0123456789")["ETag"]
        got = self.s3.get_object(Bucket=self.bucket, Key="k", Range="bytes=2-4")
        self.assertEqual((got["Body"].read(), got["ContentRange"]), (b"234", "bytes 2-4/10"))
        self.assertEqual(self.get("k", Range="bytes=-3"), b"789")
        self.refused("InvalidRange", self.get, 416, key="k", Range="bytes=10-")
        fresh = self.refused("304", self.get, 304, key="k", IfNoneMatch=etag).response["ResponseMetadata"]["HTTPHeaders"]
        self.assertEqual(fresh["etag"], etag)
        self.assertIn("last-modified", fresh)
        self.refused("PreconditionFailed", self.get, 412, key="k", IfMatch='"other"')
        modified = self.s3.head_object(Bucket=self.bucket, Key="k")["LastModified"]
        self.refused("304", self.get, 304, key="k", IfModifiedSince=modified)
        self.refused("PreconditionFailed", self.put, 412, key="k", IfNoneMatch="*")
        self.put("k", b"new", IfMatch=etag)
        self.refused("PreconditionFailed", self.put, 412, key="k", IfMatch=etag)
        self.refused("NotImplemented", self.put, 501, key="k", IfNoneMatch='"other"')
        delete = self.s3.delete_object
        self.refused("PreconditionFailed", delete, 412, Bucket=self.bucket, Key="k", IfMatch=etag)
        self.refused("PreconditionFailed", delete, 412, Bucket=self.bucket, Key="none", IfMatch="*")
        many = self.s3.delete_objects(Bucket=self.bucket, Delete={"Objects": [{"Key": "k", "ETag": etag}]})
        self.assertEqual(many["Errors"][0]["Code"], "PreconditionFailed")
        delete(Bucket=self.bucket, Key="k", IfMatch=f'"{hashlib.md5(b"new").hexdigest()}"')
        self.refused("404", self.s3.head_object, 404, Bucket=self.bucket, Key="none")
        self.refused("NoSuchKey", self.get, 404, key="none")

    def test_every_checksum_is_kept_and_a_wrong_one_refused(self):
        self.assertEqual(self.put("said")["ChecksumType"], "FULL_OBJECT")
        plain = self.server.client("s3", request_checksum_calculation="when_required")
        self.assertIn("ChecksumCRC64NVME", plain.put_object(Bucket=self.bucket, Key="unsaid", Body=b"abc"))
        for name, length in [("CRC32", 4), ("SHA1", 20), ("SHA256", 32)]:
            put = self.put(name, ChecksumAlgorithm=name)
            listed = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=name)["Contents"][0]
            self.assertEqual((listed["ChecksumAlgorithm"], listed["ChecksumType"]), ([name], "FULL_OBJECT"))
            got = self.s3.get_object(Bucket=self.bucket, Key=name, ChecksumMode="ENABLED")
            self.assertEqual(got[f"Checksum{name}"], put[f"Checksum{name}"])
            other = base64.b64encode(bytes(length)).decode()
            self.refused("BadDigest", self.put, 400, key="wrong", **{f"Checksum{name}": other})
            self.refused("InvalidRequest", self.put, 400, key="wrong", **{f"Checksum{name}": "AAAA"})
        self.refused("BadDigest", self.put, 400, key="wrong", ContentMD5="AAAAAAAAAAAAAAAAAAAAAA==")
        self.refused("InvalidDigest", self.put, 400, key="wrong", ContentMD5="AAAA")
        self.assertNotIn("wrong", self.keys())

    def test_many_are_deleted_at_once(self):
        for number in range(30):
            self.put(f"n/{number}")
        objects = [{"Key": f"n/{number}"} for number in range(30)] + [{"Key": "none"}]
        done = self.s3.delete_objects(Bucket=self.bucket, Delete={"Objects": objects})
        self.assertEqual((len(done["Deleted"]), done.get("Errors"), self.keys()), (31, None, []))

    # Buckets.

    def test_buckets_have_s3s_refusals(self):
        self.assertIn(self.bucket, [it["Name"] for it in self.s3.list_buckets()["Buckets"]])
        self.assertIsNone(self.s3.get_bucket_location(Bucket=self.bucket)["LocationConstraint"])
        self.s3.head_bucket(Bucket=self.bucket)
        self.refused("404", self.s3.head_bucket, 404, Bucket="no-such-bucket")
        self.refused("NoSuchBucket", self.s3.list_objects_v2, 404, Bucket="no-such-bucket")
        self.refused("InvalidBucketName", self.s3.create_bucket, 400, Bucket="healthy..name")
        self.put("k")
        self.refused("BucketNotEmpty", self.s3.delete_bucket, 409, Bucket=self.bucket)
        self.s3.delete_object(Bucket=self.bucket, Key="k")
        self.s3.delete_bucket(Bucket=self.bucket)
        self.refused("NoSuchBucket", self.s3.delete_bucket, 404, Bucket=self.bucket)

    def test_what_is_not_there_says_so(self):
        self.refused("NotImplemented", self.s3.get_bucket_website, 501, Bucket=self.bucket)
        self.refused("NotImplemented", self.s3.get_bucket_acl, 501, Bucket=self.bucket)
        self.refused("NotImplemented", self.put, 501, key="k", ServerSideEncryption="aws:kms")

    # Pages of other origins.

    def test_a_browser_is_told_which_pages_are_let_in(self):
        self.put("k")
        page, at = "https://shop.example.com", {"Bucket": self.bucket}
        link = self.s3.generate_presigned_url("get_object", Params=at | {"Key": "k"})
        asked = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type, x-amz-date"}

        def told(method, **headers):
            sent = urllib.request.Request(link, headers={"Origin": page} | headers, method=method)
            try:
                with urllib.request.urlopen(sent) as got:
                    return got.status, got.headers
            except urllib.error.HTTPError as refused:
                return refused.code, refused.headers

        self.refused("NoSuchCORSConfiguration", self.s3.get_bucket_cors, 404, **at)
        self.assertEqual(told("OPTIONS", **asked)[0], 403)
        self.assertNotIn("Access-Control-Allow-Origin", told("GET")[1])
        rule = {"AllowedOrigins": ["https://*.example.com"], "AllowedMethods": ["GET", "PUT"],
                "AllowedHeaders": ["*"], "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 60, "ID": "shop"}
        self.s3.put_bucket_cors(**at, CORSConfiguration={"CORSRules": [rule]})
        self.assertEqual(self.s3.get_bucket_cors(**at)["CORSRules"], [rule])
        status, headers = told("OPTIONS", **asked)
        self.assertEqual((status, headers["Access-Control-Allow-Origin"]), (200, page))
        self.assertEqual(headers["Access-Control-Allow-Headers"], "content-type, x-amz-date")
        self.assertEqual(headers["Access-Control-Max-Age"], "60")
        status, headers = told("GET")
        self.assertEqual((status, headers["Access-Control-Allow-Origin"]), (200, page))
        self.assertEqual(headers["Access-Control-Expose-Headers"], "ETag")
        self.assertEqual(told("OPTIONS", **asked | {"Access-Control-Request-Method": "DELETE"})[0], 403)
        self.assertEqual(told("OPTIONS", **asked | {"Origin": "https://example.org"})[0], 403)
        bad = {"CORSRules": [rule | {"AllowedMethods": ["PATCH"]}]}
        self.refused("InvalidRequest", self.s3.put_bucket_cors, 400, **at, CORSConfiguration=bad)
        self.s3.delete_bucket_cors(**at)
        self.assertEqual(told("OPTIONS", **asked)[0], 403)

    # Versions.

    def test_a_bucket_keeps_versions_once_it_is_told_to(self):
        at, older = {"Bucket": self.bucket, "Key": "a/k"}, "VersionId"
        self.assertNotIn("Status", self.s3.get_bucket_versioning(Bucket=self.bucket))
        self.assertNotIn(older, self.put("a/k", b"first"))
        self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})
        self.assertEqual(self.s3.get_bucket_versioning(Bucket=self.bucket)["Status"], "Enabled")
        second = self.put("a/k", b"second")[older]
        copied = self.s3.copy_object(**at, CopySource=at | {older: "null"})
        self.assertEqual(copied["CopySourceVersionId"], "null")
        self.assertEqual((self.get("a/k"), self.get("a/k", VersionId=second)), (b"first", b"second"))
        deleted = self.s3.delete_object(**at)
        self.assertTrue(deleted["DeleteMarker"])
        self.refused("NoSuchKey", self.get, 404, key="a/k")
        self.refused("MethodNotAllowed", self.get, 405, key="a/k", VersionId=deleted[older])
        self.refused("NoSuchVersion", self.get, 404, key="a/k", VersionId="none")
        _, _, whole = self.upload("big", b"abc")
        self.assertIn(older, whole)
        pages = list(self.s3.get_paginator("list_object_versions").paginate(
            Bucket=self.bucket, PaginationConfig={"PageSize": 2}))
        found = [it[older] for page in pages for it in page.get("Versions", []) + page.get("DeleteMarkers", [])]
        self.assertEqual(sorted(found), sorted([deleted[older], copied[older], second, "null", whole[older]]))
        self.assertEqual([it["IsLatest"] for page in pages for it in page.get("DeleteMarkers", [])], [True])
        folded = self.s3.list_object_versions(Bucket=self.bucket, Delimiter="/")
        self.assertEqual([it["Prefix"] for it in folded["CommonPrefixes"]], ["a/"])
        self.assertEqual([it["Key"] for it in folded["Versions"]], ["big"])
        self.assertEqual(self.keys(), ["big"])
        self.s3.delete_object(**at, VersionId=deleted[older])
        self.assertEqual(self.get("a/k"), b"first")
        self.refused("BucketNotEmpty", self.s3.delete_bucket, 409, Bucket=self.bucket)
        every = boto3.resource(
            "s3", endpoint_url=self.server.address, region_name=REGION,
            aws_access_key_id=self.s3._request_signer._credentials.access_key,
            aws_secret_access_key=self.s3._request_signer._credentials.secret_key).Bucket(self.bucket)
        every.object_versions.delete()
        self.s3.delete_bucket(Bucket=self.bucket)

    # Uploads in parts.

    def test_a_large_file_goes_up_in_parts_and_comes_back(self):
        file = self.server.home / "large"
        block = os.urandom(MEGABYTE)
        digest = hashlib.sha256()
        with file.open("wb") as out:
            for number in range(LARGE // MEGABYTE):
                piece = number.to_bytes(4, "big") + block[4:]
                digest.update(piece)
                out.write(piece)
        self.s3.upload_file(str(file), self.bucket, "large")
        head = self.s3.head_object(Bucket=self.bucket, Key="large")
        self.assertEqual(head["ContentLength"], LARGE)
        self.assertRegex(head["ETag"], '^"[0-9a-f]{32}-13"$')
        back = self.server.home / "back"
        self.s3.download_file(self.bucket, "large", str(back))
        self.assertEqual(hashlib.sha256(back.read_bytes()).hexdigest(), digest.hexdigest())
        self.s3.copy({"Bucket": self.bucket, "Key": "large"}, self.bucket, "again")
        self.assertEqual(self.s3.head_object(Bucket=self.bucket, Key="again")["ContentLength"], LARGE)
        self.assertEqual(self.get("again", Range="bytes=99999990-99999999"), self.get("large", Range="bytes=99999990-99999999"))

    def test_parts_have_s3s_refusals(self):
        at = {"Bucket": self.bucket, "Key": "k"}
        self.refused("NoSuchUpload", self.s3.upload_part, 404, **at, UploadId="none", PartNumber=1, Body=b"a")
        upload = at | {"UploadId": self.s3.create_multipart_upload(**at)["UploadId"]}
        etags = [self.s3.upload_part(**upload, PartNumber=n, Body=b"small")["ETag"] for n in (1, 2)]
        parts = [{"PartNumber": n + 1, "ETag": etag} for n, etag in enumerate(etags)]
        complete = self.s3.complete_multipart_upload
        self.refused("EntityTooSmall", complete, 400, **upload, MultipartUpload={"Parts": parts})
        self.refused("InvalidPartOrder", complete, 400, **upload, MultipartUpload={"Parts": parts[::-1]})
        self.refused("InvalidPart", complete, 400, **upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": '"x"'}]})
        self.assertEqual(len(self.s3.list_parts(**upload)["Parts"]), 2)
        self.assertEqual([it["Key"] for it in self.s3.list_multipart_uploads(Bucket=self.bucket)["Uploads"]], ["k"])
        self.s3.abort_multipart_upload(**upload)
        self.refused("NoSuchUpload", complete, 404, **upload, MultipartUpload={"Parts": parts})

    def upload(self, key, *bodies, complete=None, **begun):
        """An upload of these parts; what began it, the parts, and what completed it."""
        at = {"Bucket": self.bucket, "Key": key}
        begun = self.s3.create_multipart_upload(**at, **begun)
        at["UploadId"] = begun["UploadId"]
        parts = []
        for number, body in enumerate(bodies, 1):
            more = {"ChecksumAlgorithm": begun["ChecksumAlgorithm"]} if "ChecksumAlgorithm" in begun else {}
            part = self.s3.upload_part(**at, PartNumber=number, Body=body, **more)
            sums = {name: text for name, text in part.items() if name.startswith("Checksum")}
            parts.append({"PartNumber": number, "ETag": part["ETag"]} | sums)
        named = at | {"MultipartUpload": {"Parts": parts}} | (complete or {})
        return begun, named, self.s3.complete_multipart_upload(**named)

    def test_an_object_in_parts_has_a_checksum_and_is_read_by_part(self):
        bodies = [b"a" * (5 * MEGABYTE), b"b" * 7]
        sums = [hashlib.sha256(body).digest() for body in bodies]
        composite = base64.b64encode(hashlib.sha256(b"".join(sums)).digest()).decode() + "-2"
        whole = base64.b64encode(binascii.crc32(b"".join(bodies)).to_bytes(4, "big")).decode()
        for algorithm, kind, expect in [("SHA256", None, composite), ("CRC32", "FULL_OBJECT", whole)]:
            more = {"ChecksumType": kind} if kind else {}
            begun, named, done = self.upload("k", *bodies, ChecksumAlgorithm=algorithm, **more)
            kind = kind or "COMPOSITE"
            self.assertEqual((begun["ChecksumAlgorithm"], begun["ChecksumType"]), (algorithm, kind))
            self.assertEqual((done[f"Checksum{algorithm}"], done["ChecksumType"]), (expect, kind))
            head = self.s3.head_object(Bucket=self.bucket, Key="k", ChecksumMode="ENABLED")
            self.assertEqual((head[f"Checksum{algorithm}"], head["ChecksumType"]), (expect, kind))
        again = self.s3.complete_multipart_upload(**named)
        self.assertEqual((again["ETag"], again["ChecksumCRC32"]), (done["ETag"], whole))
        part = self.s3.get_object(Bucket=self.bucket, Key="k", PartNumber=2, ChecksumMode="ENABLED")
        self.assertEqual((part["Body"].read(), part["PartsCount"]), (bodies[1], 2))
        size = 5 * MEGABYTE + 7
        self.assertEqual(part["ContentRange"], f"bytes {5 * MEGABYTE}-{size - 1}/{size}")
        self.refused("416", self.s3.head_object, 416, Bucket=self.bucket, Key="k", PartNumber=3)
        asked = self.s3.get_object_attributes(
            Bucket=self.bucket, Key="k", MaxParts=1,
            ObjectAttributes=["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"])
        self.assertEqual((asked["ETag"], asked["ObjectSize"]), (done["ETag"].strip('"'), size))
        self.assertEqual(asked["Checksum"], {"ChecksumCRC32": whole, "ChecksumType": "FULL_OBJECT"})
        parts = asked["ObjectParts"]
        self.assertEqual((parts["TotalPartsCount"], parts["IsTruncated"], parts["NextPartNumberMarker"]), (2, True, 1))
        self.assertEqual(parts["Parts"][0]["Size"], 5 * MEGABYTE)

    def test_what_is_said_of_the_whole_upload_must_hold(self):
        whole = base64.b64encode(binascii.crc32(b"abc").to_bytes(4, "big")).decode()
        said = {"ChecksumCRC32": whole, "ChecksumType": "FULL_OBJECT", "MpuObjectSize": 3}
        begin = {"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}
        self.upload("k", b"abc", complete=said, **begin)
        for wrong, code in [({"ChecksumCRC32": "AAAAAA=="}, "BadDigest"), ({"MpuObjectSize": 4}, "InvalidRequest"),
                            ({"ChecksumType": "COMPOSITE"}, "InvalidRequest")]:
            upload = functools.partial(self.upload, "wrong", b"abc", **begin)
            self.refused(code, upload, 400, complete=said | wrong)
        self.refused("InvalidRequest", self.s3.create_multipart_upload, 400, Bucket=self.bucket, Key="k",
                     ChecksumAlgorithm="SHA1", ChecksumType="FULL_OBJECT")
        self.assertEqual(self.keys(), ["k"])

    # Rights.

    def test_nobody_is_let_in_unnamed(self):
        self.put("k")
        nobody = boto3.client("s3", endpoint_url=self.server.address, region_name=REGION,
                              config=botocore.config.Config(signature_version=botocore.UNSIGNED))
        self.refused("AccessDenied", nobody.get_object, 403, Bucket=self.bucket, Key="k")
        self.refused("AccessDenied", nobody.list_objects_v2, 403, Bucket=self.bucket)
        self.refused("AccessDenied", nobody.put_object, 403, Bucket=self.bucket, Key="k", Body=b"x")
        self.refused("403", nobody.head_object, 403, Bucket=self.bucket, Key="k")

    def test_a_policy_says_which_keys_and_a_refusal_why(self):
        allow = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"arn:aws:s3:::{self.bucket}/team/*"},
            {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{self.bucket}",
             "Condition": {"StringLike": {"s3:prefix": "team/*"}}}]}
        ann = self.as_user("ann", allow)
        ann.put_object(Bucket=self.bucket, Key="team/a", Body=b"abc")
        self.assertEqual(len(ann.list_objects_v2(Bucket=self.bucket, Prefix="team/")["Contents"]), 1)
        refused = self.refused("AccessDenied", ann.put_object, 403, Bucket=self.bucket, Key="other", Body=b"abc")
        self.assertIn("is not authorized to perform: s3:PutObject", refused.response["Error"]["Message"])
        self.refused("AccessDenied", ann.list_objects_v2, 403, Bucket=self.bucket)
        self.refused("AccessDenied", ann.list_buckets, 403)
        failed = ann.delete_objects(Bucket=self.bucket, Delete={"Objects": [{"Key": "team/a"}]})
        self.assertEqual(failed["Errors"][0]["Code"], "AccessDenied")
        why = self.server.towpath("why", refused.response["ResponseMetadata"]["RequestId"]).stdout
        self.assertIn("s3:PutObject", why)
        self.assertNotIn("other", self.keys())

    def test_a_bucket_policy_denies_and_a_session_is_narrowed(self):
        self.put("k")
        deny = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": f"arn:aws:s3:::{self.bucket}/*"}]}
        self.s3.put_bucket_policy(Bucket=self.bucket, Policy=json.dumps(deny))
        self.assertEqual(json.loads(self.s3.get_bucket_policy(Bucket=self.bucket)["Policy"]), deny)
        self.refused("AccessDenied", self.s3.delete_object, 403, Bucket=self.bucket, Key="k")
        self.s3.delete_bucket_policy(Bucket=self.bucket)
        self.refused("NoSuchBucketPolicy", self.s3.get_bucket_policy, 404, Bucket=self.bucket)
        trust = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}]}
        everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        reading = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
        self.iam.create_role(RoleName="broad", AssumeRolePolicyDocument=json.dumps(trust))
        self.iam.put_role_policy(RoleName="broad", PolicyName="p", PolicyDocument=json.dumps(everything))
        carl = self.as_user("carl", everything, "sts")
        session = carl.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/broad", RoleSessionName="narrow", Policy=json.dumps(reading))
        keys = session["Credentials"]
        narrow = boto3.client(
            "s3", endpoint_url=self.server.address, region_name=REGION, aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"])
        self.assertEqual(narrow.get_object(Bucket=self.bucket, Key="k")["Body"].read(), b"abc")
        self.refused("AccessDenied", narrow.put_object, 403, Bucket=self.bucket, Key="k", Body=b"x")
        link = narrow.generate_presigned_url("get_object", Params={"Bucket": self.bucket, "Key": "k"})
        self.assertEqual(urllib.request.urlopen(link).read(), b"abc")

    # Presigned links, and what is forged.

    def test_presigned_links_of_both_versions(self):
        for version in ["s3", "s3v4"]:
            self.put("a b/c")
            client = self.server.client("s3", signature_version=version)
            at = {"Bucket": self.bucket, "Key": "a b/c"}
            link = client.generate_presigned_url("get_object", Params=at | {"ResponseContentType": "x/y"})
            with urllib.request.urlopen(link) as got:
                self.assertEqual((got.read(), got.headers["Content-Type"]), (b"abc", "x/y"))
                self.assertIn("sandbox", got.headers["Content-Security-Policy"])
            put = client.generate_presigned_url("put_object", Params=at)
            urllib.request.urlopen(urllib.request.Request(put, b"new", {"Content-Type": ""}, method="PUT")).read()
            self.assertEqual(self.get("a b/c"), b"new")
            for altered in [link.replace("/c?", "/d?"), link.replace("x%2Fy", "x%2Fz"), put]:
                self.assertEqual(self.fetched(altered), (403, "SignatureDoesNotMatch"))
        ended = self.server.client("s3", signature_version="s3").generate_presigned_url("get_object", Params=at, ExpiresIn=-5)
        self.assertEqual(self.fetched(ended), (403, "AccessDenied"))
        moved = link.replace("X-Amz-Date=20", "X-Amz-Date=19")
        self.assertEqual(self.fetched(moved)[0], 403)

    def test_a_host_may_name_the_bucket(self):
        self.put("a b/c")
        self.put("console/x")
        port = self.server.listen.rsplit(":", 1)[1]
        for version in ["s3", "s3v4"]:
            client = self.server.client("s3", endpoint=f"http://localhost:{port}", signature_version=version,
                                        s3={"addressing_style": "virtual"})
            for key, expect in [("a b/c", 200), ("console/x", 200), ("none", 404)]:
                link = client.generate_presigned_url("get_object", Params={"Bucket": self.bucket, "Key": key})
                host, path = link.removeprefix("http://").split("/", 1)
                self.assertEqual(host, f"{self.bucket}.localhost:{port}")
                connection = http.client.HTTPConnection(self.server.listen, timeout=30)
                connection.request("GET", "/" + path, headers={"Host": host})
                self.assertEqual(connection.getresponse().status, expect)
                connection.close()

    def fetched(self, link):
        try:
            with urllib.request.urlopen(link) as got:
                return got.status, ""
        except urllib.error.HTTPError as refused:
            body = refused.read().decode()
            return refused.code, body.split("<Code>")[1].split("<")[0]

    def signed(self, payload, key="k", more=None, method="PUT"):
        """The headers of a request whose body's proof is `payload`, and its signature."""
        class Named(S3SigV4Auth):
            def payload(self, request):
                return payload
        credentials = boto3.Session(
            aws_access_key_id=self.s3._request_signer._credentials.access_key,
            aws_secret_access_key=self.s3._request_signer._credentials.secret_key).get_credentials()
        request = AWSRequest(method, f"{self.server.address}/{self.bucket}/{key}", headers=more or {}, data=b"")
        Named(credentials, "s3", REGION).add_auth(request)
        return dict(request.headers), credentials

    def sent(self, headers, body, key="k"):
        connection = http.client.HTTPConnection(self.server.listen, timeout=30)
        connection.request("PUT", f"/{self.bucket}/{key}", body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text.split("<Code>")[1].split("<")[0] if "<Code>" in text else ""

    def chunked(self, chunks, trailer=None, spoil=False):
        """A body of signed chunks, as the documentation computes them."""
        word = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + ("-TRAILER" if trailer else "")
        more = {"X-Amz-Content-SHA256": word, "X-Amz-Decoded-Content-Length": str(sum(map(len, chunks)))}
        if trailer:
            more["X-Amz-Trailer"] = trailer[0]
        headers, credentials = self.signed(word, more=more)
        previous = headers["Authorization"].rsplit("Signature=", 1)[1]
        date = headers["X-Amz-Date"]
        scope = f"{date[:8]}/{REGION}/s3/aws4_request"
        key = b"AWS4" + credentials.secret_key.encode()
        for part in [date[:8], REGION, "s3", "aws4_request"]:
            key = hmac.digest(key, part.encode(), "sha256")
        empty = hashlib.sha256(b"").hexdigest()
        body = b""
        for chunk in [*chunks, b""]:
            text = "\n".join(["AWS4-HMAC-SHA256-PAYLOAD", date, scope, previous, empty, hashlib.sha256(chunk).hexdigest()])
            previous = hmac.digest(key, text.encode(), "sha256").hex()
            shown = chunk.replace(b"a", b"b") if spoil else chunk
            body += f"{len(chunk):x};chunk-signature={previous}\r\n".encode() + shown + (b"\r\n" if chunk else b"")
        if trailer:
            line = f"{trailer[0]}:{trailer[1]}\n"
            text = "\n".join(["AWS4-HMAC-SHA256-TRAILER", date, scope, previous, hashlib.sha256(line.encode()).hexdigest()])
            body += f"{line.strip()}\r\nx-amz-trailer-signature:{hmac.digest(key, text.encode(), 'sha256').hex()}\r\n".encode()
        return headers, body + b"\r\n"

    def test_signed_chunks_are_taken_and_altered_ones_are_not(self):
        chunks = [b"a" * 65536, b"a" * 1000]
        self.assertEqual(self.sent(*self.chunked(chunks)), (200, ""))
        self.assertEqual(self.get("k"), b"".join(chunks))
        self.s3.delete_object(Bucket=self.bucket, Key="k")
        self.assertEqual(self.sent(*self.chunked(chunks, spoil=True)), (403, "SignatureDoesNotMatch"))
        headers, body = self.chunked(chunks)
        self.assertEqual(self.sent(headers, body[:-100])[1], "IncompleteBody")
        self.assertEqual(self.keys(), [])
        self.assertEqual(self.sent(*self.chunked([b"abc"], trailer=("x-amz-checksum-crc32", "NSRBwg=="))), (200, ""))
        self.assertEqual(self.sent(*self.chunked([b"abc"], trailer=("x-amz-checksum-crc32", "AAAAAA=="))), (400, "BadDigest"))

    def test_unsigned_chunks_with_a_trailer_as_clients_send_them_over_tls(self):
        word = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
        for name, value, expect in [
            ("x-amz-checksum-crc32", "NSRBwg==", (200, "")),
            ("x-amz-checksum-crc64nvme", "AAAAAAAAAAA=", (400, "BadDigest")),
            ("x-amz-checksum-md4", "AAAA", (400, "InvalidRequest")),
        ]:
            headers, _ = self.signed(word, more={
                "X-Amz-Content-SHA256": word, "X-Amz-Decoded-Content-Length": "3", "X-Amz-Trailer": name,
                "Content-Encoding": "aws-chunked"})
            body = f"3\r\nabc\r\n0\r\n{name}:{value}\r\n\r\n".encode()
            self.assertEqual(self.sent(headers, body), expect)
        self.assertNotIn("ContentEncoding", self.s3.head_object(Bucket=self.bucket, Key="k"))

    def test_another_body_than_was_signed_is_refused(self):
        digest = hashlib.sha256(b"abc").hexdigest()
        headers, _ = self.signed(digest, more={"X-Amz-Content-SHA256": digest})
        self.assertEqual(self.sent(headers, b"abd"), (400, "XAmzContentSHA256Mismatch"))
        self.assertEqual(self.sent(headers, b"abc"), (200, ""))
        forged = headers | {"Authorization": headers["Authorization"][:-4] + "0000"}
        self.assertEqual(self.sent(forged, b"abc"), (403, "SignatureDoesNotMatch"))
        unknown = headers | {"Authorization": headers["Authorization"].replace("Credential=AKIA", "Credential=AKIB")}
        self.assertEqual(self.sent(unknown, b"abc"), (403, "InvalidAccessKeyId"))
        self.assertEqual(self.sent(headers, b"abc", key="other"), (403, "SignatureDoesNotMatch"))

    def test_keys_that_name_nothing(self):
        self.refused("KeyTooLongError", self.put, 400, key="x" * 1025)
        self.refused("InvalidArgument", self.put, 400, key="a\0b")

    # The `aws` command.

    def aws(self, *words):
        done = self.server.aws("s3", *words)
        self.assertEqual(done.returncode, 0, done.stderr + self.server.last_words())
        return done.stdout

    def test_the_aws_command_does_what_people_type(self):
        home = self.server.home
        site = home / "site"
        (site / "css").mkdir(parents=True)
        (site / "index.html").write_text("<h1>hello</h1>")
        (site / "css" / "a.css").write_text("body {}")
        self.aws("mb", "s3://typed")
        self.assertIn("typed", self.aws("ls"))
        self.aws("cp", str(site / "index.html"), "s3://typed/one.html")
        self.assertIn("one.html", self.aws("ls", "s3://typed/"))
        self.assertIn("upload:", self.aws("sync", str(site), "s3://typed/site"))
        self.assertEqual(self.aws("sync", str(site), "s3://typed/site"), "")
        self.assertIn("PRE site/", self.aws("ls", "s3://typed"))
        self.assertIn("site/css/a.css", self.aws("ls", "--recursive", "s3://typed"))
        self.aws("cp", "s3://typed/site/index.html", str(home / "back.html"))
        self.assertEqual((home / "back.html").read_text(), "<h1>hello</h1>")
        self.aws("mv", "s3://typed/one.html", "s3://typed/two.html")
        link = self.aws("presign", "s3://typed/two.html").strip()
        self.assertEqual(urllib.request.urlopen(link).read(), b"<h1>hello</h1>")
        self.aws("rm", "--recursive", "s3://typed/site")
        done = self.server.aws("s3", "rb", "s3://typed")
        self.assertIn("BucketNotEmpty", done.stderr)
        self.aws("rb", "--force", "s3://typed")
        self.assertNotIn("typed", self.aws("ls"))


if __name__ == "__main__":
    run("S3")
