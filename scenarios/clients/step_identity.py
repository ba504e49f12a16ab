"""A step shows who it is, by the clients that people have: inside an isolated step boto3 gets a role's
credentials from its environment alone, azure-identity and google-auth exchange its other tokens; outside
PyJWT and openid-client verify its token against the issuer.

The clients come with the repository, as a team's own dependencies would. `chain` below runs in the step.
"""

import ast
import json
import os
import shutil
import subprocess
import sys
import tarfile
import unittest
from pathlib import Path

import declarations
import jwt
import requests
from other_issuer import certificate, proxy
from running import ACCOUNT, await_, run
from story import SECONDS_MAX, Story

AZURE = "api://AzureADTokenExchange"
PIPELINE = "identity"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
SUBJECT = "repository:{repository}:pipeline:{pipeline}"
STEPS_PYTHON = "/usr/bin/python3"
#: What the three clients and PyJWT are made of.
PACKAGES = [
    "_cffi_backend*", "azure", "boto3", "botocore", "certifi", "cffi", "charset_normalizer", "cryptography", "dateutil",
    "google", "idna", "jmespath", "jwt", "msal", "msal_extensions", "pyasn1", "pyasn1_modules", "requests",
    "s3transfer", "six.py", "typing_extensions.py", "urllib3",
]


def chain():
    """Runs in the step and prints one line about what every client got."""
    import json
    import os
    import urllib.parse

    import boto3
    from azure.identity import WorkloadIdentityCredential
    from google.auth import identity_pool
    from google.auth.transport.requests import Request

    said = {"arn": boto3.client("sts").get_caller_identity()["Arn"]}
    with open("credentials.json") as configuration:
        google = json.load(configuration)
    google["credential_source"] = {"file": os.environ["GOOGLE_FILE"]}
    pool = identity_pool.Credentials.from_info(google, scopes=["https://www.googleapis.com/auth/cloud-platform"])
    pool.refresh(Request())
    # A further token, asked for while the step runs, as Google's own action does.
    url, word = os.environ["ACTIONS_ID_TOKEN_REQUEST_URL"], os.environ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
    google["credential_source"] = {
        "url": f"{url}&audience={urllib.parse.quote('https:' + google['audience'])}",
        "headers": {"Authorization": f"bearer {word}"},
        "format": {"type": "json", "subject_token_field_name": "value"},
    }
    asking = identity_pool.Credentials.from_info(google, scopes=["https://www.googleapis.com/auth/cloud-platform"])
    asking.refresh(Request())
    said["google"] = [pool.valid, asking.valid]
    with WorkloadIdentityCredential(token_file_path=os.environ["AZURE_FILE"]) as credential:
        said["azure"] = bool(credential.get_token("https://vault.azure.net/.default").token)
    # Backwards, so that the masking of the log lets them through.
    said["token"], said["asking"] = os.environ["BITBUCKET_STEP_OIDC_TOKEN"][::-1], [url, word[::-1]]
    print("CHAIN " + json.dumps(said))


class Steps(Story):
    """A story whose pipeline has one step, which asks who it is."""

    def _create_pipelines(self):
        self.issuer = f"{self.server.address}/oidc/{ACCOUNT}"
        self.proxy = proxy(self.server.address, certificate(self.server.home / "proxy.pem"))
        self.tls = self.proxy.__enter__()
        self.subject = SUBJECT.format(repository="practice/app", pipeline=PIPELINE)
        self._trust()
        self.server.towpath("buckets", "create", declarations.BUCKET)
        self._create_pipeline(self._declaration())

    def __exit__(self, *_):
        if hasattr(self, "proxy"):
            self.proxy.__exit__(None, None, None)
        super().__exit__()

    def _trust(self):
        """The role, the app and the provider that take the step's tokens."""
        bare = self.issuer.split("://", 1)[1]
        trust = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{bare}"},
            "Condition": {"StringEquals": {f"{bare}:pipeline": PIPELINE, f"{bare}:ref": "refs/heads/main"}}}]}
        self.server.client("iam").create_role(RoleName="deploy", AssumeRolePolicyDocument=json.dumps(trust))
        credential = {"name": "step", "issuer": self.issuer, "subject": self.subject, "audiences": [AZURE]}
        self.app = self._put("azure-app", "new", credential)
        provider = {
            "attributeMapping": {"google.subject": "assertion.sub"}, "oidc": {"issuerUri": self.issuer},
            "attributeCondition": f"assertion.pipeline == '{PIPELINE}'",
        }
        provider = self._put("google-provider", "towpath/steps", provider)
        self.google_audience = f"https:{provider['audience']}"

    def _put(self, kind, name, document):
        file = self.server.home / "party.json"
        file.write_text(json.dumps(document))
        return json.loads(self.server.towpath("oidc", "parties", "put", kind, name, str(file), "--json").stdout)

    def _declaration(self):
        step = declarations.commands(
            "tar xf clients.tar", f"PYTHONPATH=$PWD/clients REQUESTS_CA_BUNDLE=$PWD/proxy.pem {STEPS_PYTHON} chain.py")
        step["configuration"] = {
            "Oidc": "true", "OidcRoleArn": ROLE, "OidcSubject": SUBJECT,
            "OidcTokens": f"AZURE={AZURE} GOOGLE={self.google_audience}",
        }
        variables = {"AZURE_CLIENT_ID": self.app["name"], "AZURE_TENANT_ID": self.app["tenantId"],
                     "AZURE_AUTHORITY_HOST": f"{self.tls}/azure"}
        step["environmentVariables"] = [{"name": name, "value": value} for name, value in variables.items()]
        step["outputArtifacts"] = []
        source = declarations.source(self.connection, "practice/app", "main")
        stages = [declarations.stage("Source", source), declarations.stage("Build", step)]
        return {**declarations.story(self.connection, "practice/app", PIPELINE), "stages": stages}

    def commit(self):
        """The clients and the script, pushed with git."""
        shutil.copy(self.server.home / "proxy.pem", self.work / "proxy.pem")
        words = ["oidc", "parties", "credentials", "google-provider", "towpath/steps", "--token-file", "FILE"]
        (self.work / "credentials.json").write_text(self.server.towpath(*words).stdout)
        (self.work / "chain.py").write_text(source_of_chain())
        pack(self.work / "clients.tar")
        self._git("add", "--all")
        return self.push()


def source_of_chain():
    """The function `chain` of this very file, as a script."""
    text = Path(__file__).read_text()
    found = next(it for it in ast.parse(text).body if isinstance(it, ast.FunctionDef) and it.name == "chain")
    return ast.get_source_segment(text, found) + "\n\n\nchain()\n"


def pack(path):
    """The clients from this environment; of botocore's models STS's only."""
    site = Path(jwt.__file__).parent.parent

    def wanted(member):
        parts = Path(member.name).parts
        other_model = parts[1:3] == ("botocore", "data") and len(parts) > 4 and parts[3] != "sts"
        return None if other_model or "__pycache__" in parts or "tests" in parts else member

    with tarfile.open(path, "w") as tar:
        for package in PACKAGES:
            for found in site.glob(package):
                tar.add(found, f"clients/{found.name}", filter=wanted)


def same_python():
    """Whether the steps' Python can load what was built for this one."""
    asked = [STEPS_PYTHON, "-c", "import sys; print(sys.version_info[:2])"]
    return os.path.exists(STEPS_PYTHON) and subprocess.run(
        asked, capture_output=True, text=True).stdout.strip() == str(sys.version_info[:2])


@unittest.skipUnless(same_python(), f"{STEPS_PYTHON} is another Python than the clients are installed for")
class StepIdentity(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.story = cls.enterClassContext(Steps())
        cls.story.commit()
        cls.said = await_(cls.line, SECONDS_MAX, cls.failed)

    @classmethod
    def line(cls):
        done = cls.story.server.towpath("logs", PIPELINE, check=False)
        lines = [line for line in done.stdout.splitlines() if "CHAIN {" in line]
        return json.loads(lines[0].split("CHAIN ", 1)[1]) if lines else None

    @classmethod
    def failed(cls):
        listed = cls.story.server.client("codepipeline").list_pipeline_executions(pipelineName=PIPELINE)
        if any(one["status"] == "Failed" for one in listed["pipelineExecutionSummaries"]) and not cls.line():
            return cls.story.server.towpath("logs", PIPELINE, check=False).stdout[-4000:]
        return None

    def test_boto3_assumes_the_role_by_its_environment_alone(self):
        self.assertRegex(self.said["arn"], f"^arn:aws:sts::{ACCOUNT}:assumed-role/deploy/{PIPELINE}-")

    def test_azure_identity_and_google_auth_take_the_other_tokens(self):
        self.assertEqual((self.said["azure"], self.said["google"]), (True, [True, True]))

    def test_pyjwt_verifies_the_token(self):
        token = self.said["token"][::-1]
        key = jwt.PyJWKClient(f"{self.story.issuer}/keys.json").get_signing_key_from_jwt(token).key
        claims = jwt.decode(token, key, ["RS256"], issuer=self.story.issuer, options={"verify_aud": False})
        self.assertEqual((claims["pipeline"], claims["ref"]), (PIPELINE, "refs/heads/main"))
        self.assertEqual(claims["sub"], self.story.subject)

    def test_openid_client_discovers_the_issuer_and_the_token_verifies(self):
        script = Path(__file__).with_name("openid_client.mjs")
        done = subprocess.run(["node", script, self.story.issuer, self.said["token"][::-1]],
                              env=os.environ, capture_output=True, text=True, timeout=SECONDS_MAX)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["pipeline"], PIPELINE)

    def test_a_step_that_is_over_is_given_nothing_more(self):
        await_(self.ended, SECONDS_MAX)
        url, word = self.said["asking"]
        for authorization in [f"bearer {word[::-1]}", "bearer other", ""]:
            answer = requests.get(url, headers={"Authorization": authorization}, timeout=SECONDS_MAX)
            self.assertEqual(answer.status_code, 401, answer.text)

    @classmethod
    def ended(cls):
        listed = cls.story.server.client("codepipeline").list_pipeline_executions(pipelineName=PIPELINE)
        return all(one["status"] != "InProgress" for one in listed["pipelineExecutionSummaries"])

    def test_the_token_stands_nowhere_in_the_log(self):
        log = self.story.server.towpath("logs", PIPELINE).stdout
        self.assertNotIn(self.said["token"][::-1], log)


if __name__ == "__main__":
    run("identity of a step")
