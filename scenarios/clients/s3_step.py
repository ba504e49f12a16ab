"""The article's chain, whole: a pipeline's step has a token, assumes its role with it, and the real `aws`
command reads and writes a bucket inside the isolated step, as far as the role allows and no further."""

import json
import shutil
import sysconfig
import unittest
from pathlib import Path

import declarations
from running import ACCOUNT, await_, run
from story import REPOSITORY, SECONDS_MAX, Story

PIPELINE = "publish"
# What the command is made of. A step sees no Python packages but the system's, so the repository brings these.
PACKAGES = ["awscli", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "docutils", "colorama", "rsa",
            "pyasn1", "yaml"]
# Services whose models it reads; the others only have to be there, and are most of its size.
MODELS = ["s3", "sts", "sdb"]
AWS = 'PYTHONPATH="$PWD/lib" python3 -m awscli'


class S3Step(unittest.TestCase):
    #: What the server reads beside its flags.
    SETTINGS = ""

    @classmethod
    def setUpClass(cls):
        story = Story()
        story.server.configure(cls.SETTINGS)
        cls.story = cls.enterClassContext(story)
        cls.server = cls.story.server
        cls.s3 = cls.server.client("s3")
        cls.s3.create_bucket(Bucket="site")
        cls.s3.put_object(Bucket="site", Key="keep", Body=b"kept")
        cls.role("publish", [
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::site/*"}])
        cls.bring_the_command()
        cls.story._create_pipeline(cls.declaration())
        commit = cls.story.push()
        cls.log = await_(lambda: cls.ended(commit), SECONDS_MAX * 2)

    @classmethod
    def role(cls, name, statements):
        issuer = cls.server.listen + f"/oidc/{ACCOUNT}"
        trust = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"},
            "Condition": {"StringEquals": {f"{issuer}:repository": REPOSITORY, f"{issuer}:ref": "refs/heads/main"}}}]}
        iam = cls.server.client("iam")
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        policy = {"Version": "2012-10-17", "Statement": statements}
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))

    @classmethod
    def bring_the_command(cls):
        installed, lib = Path(sysconfig.get_path("purelib")), Path(cls.story.work) / "lib"

        def left_out(folder, names):
            skipped = {name for name in names if name in ("__pycache__", "examples", "topics") or name.endswith(".so")}
            service = Path(folder).parent
            if service.parent.match("botocore/data") and service.name not in MODELS:
                skipped |= {name for name in names if not name.startswith("service-2")}
            return skipped

        for package in PACKAGES:
            shutil.copytree(installed / package, lib / package, ignore=left_out)
        shutil.copy(installed / "six.py", lib)
        for model in lib.glob("**/botocore/data/*/*/service-2*"):
            if model.parent.parent.name not in MODELS:
                model.write_text("")
        (Path(cls.story.work) / "index.html").write_text("<h1>hello</h1>")
        cls.story._git("add", ".")

    @classmethod
    def lines(cls):
        """What the step does."""
        return [
            f"{AWS} s3 cp index.html s3://site/index.html",
            f"{AWS} s3 cp s3://site/index.html back.html && cmp index.html back.html && echo came back",
            f"{AWS} s3 rm s3://site/keep || echo not removed",
            f"{AWS} s3 ls s3://site || echo not listed",
        ]

    @classmethod
    def declaration(cls):
        command = {**declarations.commands(*cls.lines()), "outputArtifacts": []}
        role = f"arn:aws:iam::{ACCOUNT}:role/publish"
        command["configuration"] = {"Oidc": "true", "OidcRoleArn": role}
        whole = declarations.story(cls.story.connection, REPOSITORY, PIPELINE)
        source = declarations.source(cls.story.connection, REPOSITORY, "main")
        return {**whole, "stages": [declarations.stage("Source", source), declarations.stage("Build", command)]}

    @classmethod
    def ended(cls, commit):
        pipelines = cls.server.client("codepipeline")
        listed = pipelines.list_pipeline_executions(pipelineName=PIPELINE)["pipelineExecutionSummaries"]
        of = [it for it in listed if any(at.get("revisionId") == commit for at in it.get("sourceRevisions", []))]
        over = [it for it in of if it["status"] in ("Succeeded", "Failed")]
        return cls.server.towpath("logs", PIPELINE).stdout if over else None

    def test_the_step_writes_and_reads_what_its_role_allows(self):
        self.assertIn("upload: ./index.html to s3://site/index.html", self.log)
        self.assertIn("came back", self.log)
        self.assertEqual(self.s3.get_object(Bucket="site", Key="index.html")["Body"].read(), b"<h1>hello</h1>")

    def test_what_it_does_not_allow_is_refused(self):
        self.assertIn("AccessDenied", self.log)
        self.assertIn("not removed", self.log)
        self.assertIn("not listed", self.log)
        self.assertEqual(self.s3.get_object(Bucket="site", Key="keep")["Body"].read(), b"kept")


if __name__ == "__main__":
    run("S3 in a step")
