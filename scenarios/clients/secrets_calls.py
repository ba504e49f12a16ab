"""boto3 and the `aws` command keep secrets and parameters on a running server: versions and labels, the
documented refusals, users who may read what their policies say, and a canary that is nowhere on the disk."""

import base64
import json
import unittest

import boto3
import botocore.config
from botocore.exceptions import ClientError
from running import ACCOUNT, REGION, Server, run

CANARY = "canary-7c4a8d09ca"


class Secrets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.start()
        cls.secrets = cls.server.client("secretsmanager")
        cls.ssm = cls.server.client("ssm")

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def refused(self, code, call, **arguments):
        with self.assertRaises(ClientError) as refused:
            call(**arguments)
        self.assertEqual(refused.exception.response["Error"]["Code"], code)
        return refused.exception.response["Error"]["Message"]

    def test_a_secret_and_its_versions(self):
        made = self.secrets.create_secret(Name="v/db", SecretString="one", Tags=[{"Key": "team", "Value": "canal"}])
        self.assertRegex(made["ARN"], rf"^arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:v/db-[A-Za-z0-9]{{6}}$")
        self.secrets.put_secret_value(SecretId="v/db", SecretString="two")
        for name in ("v/db", made["ARN"], made["ARN"][:-7]):
            got = self.secrets.get_secret_value(SecretId=name)
            self.assertEqual((got["SecretString"], got["VersionStages"]), ("two", ["AWSCURRENT"]))
        got = self.secrets.get_secret_value(SecretId="v/db", VersionStage="AWSPREVIOUS")
        self.assertEqual((got["SecretString"], got["VersionId"]), ("one", made["VersionId"]))
        described = self.secrets.describe_secret(SecretId="v/db")
        self.assertEqual(described["VersionIdsToStages"][made["VersionId"]], ["AWSPREVIOUS"])
        self.assertEqual(described["Tags"], [{"Key": "team", "Value": "canal"}])
        versions = self.secrets.list_secret_version_ids(SecretId="v/db")["Versions"]
        self.assertEqual(len(versions), 2)
        message = self.refused("ResourceExistsException", self.secrets.create_secret, Name="v/db")
        self.assertEqual(message, "The operation failed because the secret v/db already exists.")
        message = self.refused("ResourceNotFoundException", self.secrets.get_secret_value, SecretId="v/none")
        self.assertEqual(message, "Secrets Manager can't find the specified secret.")

    def test_a_secret_of_bytes(self):
        self.secrets.create_secret(Name="bytes", SecretBinary=bytes(range(256)))
        self.assertEqual(self.secrets.get_secret_value(SecretId="bytes")["SecretBinary"], bytes(range(256)))

    def test_rotation_by_hand(self):
        made = self.secrets.create_secret(Name="r", SecretString="one")
        new = self.secrets.put_secret_value(SecretId="r", SecretString="two", VersionStages=["AWSPENDING"])
        self.assertEqual(self.secrets.get_secret_value(SecretId="r")["SecretString"], "one")
        self.secrets.update_secret_version_stage(
            SecretId="r", VersionStage="AWSCURRENT", MoveToVersionId=new["VersionId"],
            RemoveFromVersionId=made["VersionId"])
        self.assertEqual(self.secrets.get_secret_value(SecretId="r")["SecretString"], "two")
        self.refused("InvalidRequestException", self.secrets.rotate_secret, SecretId="r")
        self.refused("InvalidRequestException", self.secrets.cancel_rotate_secret, SecretId="r")

    def test_a_policy_is_looked_at_before_it_is_put(self):
        self.secrets.create_secret(Name="shared", SecretString="s")

        def looked_at(principal):
            statement = {"Effect": "Allow", "Principal": principal, "Action": "secretsmanager:GetSecretValue",
                         "Resource": "*"}
            policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
            return self.secrets.validate_resource_policy(SecretId="shared", ResourcePolicy=policy)

        self.assertTrue(looked_at({"AWS": "111111111111"})["PolicyValidationPassed"])
        public = looked_at("*")
        self.assertFalse(public["PolicyValidationPassed"])
        self.assertIn("allows everybody", public["ValidationErrors"][0]["ErrorMessage"])
        self.refused("MalformedPolicyDocumentException", self.secrets.validate_resource_policy, ResourcePolicy="{}")
        self.assertNotIn("ResourcePolicy", self.secrets.get_resource_policy(SecretId="shared"))

    def test_deleted_and_restored(self):
        self.secrets.create_secret(Name="d", SecretString="x")
        self.secrets.delete_secret(SecretId="d", RecoveryWindowInDays=7)
        self.refused("InvalidRequestException", self.secrets.get_secret_value, SecretId="d")
        self.secrets.restore_secret(SecretId="d")
        self.assertEqual(self.secrets.get_secret_value(SecretId="d")["SecretString"], "x")
        self.secrets.delete_secret(SecretId="d", ForceDeleteWithoutRecovery=True)
        self.refused("ResourceNotFoundException", self.secrets.describe_secret, SecretId="d")

    def test_lists_in_pages(self):
        for number in range(5):
            self.secrets.create_secret(Name=f"page/{number}", SecretString=str(number))
        pages = self.secrets.get_paginator("list_secrets").paginate(
            Filters=[{"Key": "name", "Values": ["page/"]}], PaginationConfig={"PageSize": 2})
        names = [secret["Name"] for page in pages for secret in page["SecretList"]]
        self.assertEqual(names, [f"page/{number}" for number in range(5)])
        batch = self.secrets.batch_get_secret_value(SecretIdList=["page/0", "page/none"])
        self.assertEqual([it["SecretString"] for it in batch["SecretValues"]], ["0"])
        self.assertEqual([it["ErrorCode"] for it in batch["Errors"]], ["ResourceNotFoundException"])

    def test_passwords(self):
        made = self.secrets.get_random_password(PasswordLength=20, ExcludePunctuation=True)["RandomPassword"]
        self.assertTrue(len(made) == 20 and made.isalnum(), made)

    def test_parameters(self):
        put = self.ssm.put_parameter(Name="/app/host", Value="a", Type="String")
        self.assertEqual((put["Version"], put["Tier"]), (1, "Standard"))
        self.ssm.put_parameter(Name="/app/host", Value="b", Overwrite=True)
        self.ssm.label_parameter_version(Name="/app/host", ParameterVersion=1, Labels=["stable"])
        for name, value in (("", "b"), (":1", "a"), (":stable", "a")):
            self.assertEqual(self.ssm.get_parameter(Name="/app/host" + name)["Parameter"]["Value"], value)
        self.ssm.put_parameter(Name="/app/deep/key", Value=CANARY, Type="SecureString")
        sealed = self.ssm.get_parameter(Name="/app/deep/key")["Parameter"]["Value"]
        self.assertNotIn(CANARY, sealed)
        clear = self.ssm.get_parameters_by_path(Path="/app", Recursive=True, WithDecryption=True)["Parameters"]
        self.assertEqual([(it["Name"], it["Value"]) for it in clear], [("/app/deep/key", CANARY), ("/app/host", "b")])
        history = self.ssm.get_parameter_history(Name="/app/host")["Parameters"]
        self.assertEqual([(it["Value"], it["Labels"]) for it in history], [("a", ["stable"]), ("b", [])])
        self.refused("ParameterAlreadyExists", self.ssm.put_parameter, Name="/app/host", Value="c", Type="String")
        self.refused("ParameterNotFound", self.ssm.get_parameter, Name="/app/none")
        several = self.ssm.get_parameters(Names=["/app/host", "/app/none"])
        self.assertEqual(several["InvalidParameters"], ["/app/none"])
        self.ssm.add_tags_to_resource(
            ResourceType="Parameter", ResourceId="/app/host", Tags=[{"Key": "k", "Value": "v"}])
        listed = self.ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/app/host")["TagList"]
        self.assertEqual(listed, [{"Key": "k", "Value": "v"}])
        found = self.ssm.describe_parameters(
            ParameterFilters=[{"Key": "tag:k", "Values": ["v"]}])["Parameters"]
        self.assertEqual([it["Name"] for it in found], ["/app/host"])
        gone = self.ssm.delete_parameters(Names=["/app/host", "/app/deep/key", "/app/none"])
        self.assertEqual(sorted(gone["DeletedParameters"]), ["/app/deep/key", "/app/host"])

    def test_a_user_reads_what_their_policy_says(self):
        iam = self.server.client("iam")
        self.secrets.create_secret(Name="team/a", SecretString="x", Tags=[{"Key": "team", "Value": "a"}])
        self.secrets.create_secret(Name="team/b", SecretString="x", Tags=[{"Key": "team", "Value": "b"}])
        iam.create_user(UserName="reader")
        iam.put_user_policy(UserName="reader", PolicyName="p", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": "secretsmanager:GetSecretValue",
                "Resource": f"arn:aws:secretsmanager:*:{ACCOUNT}:secret:team/*",
                "Condition": {"StringEquals": {"aws:ResourceTag/team": "a"}}}]}))
        key = iam.create_access_key(UserName="reader")["AccessKey"]
        reader = boto3.client(
            "secretsmanager", endpoint_url=self.server.address, region_name=REGION,
            aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"],
            config=botocore.config.Config(retries={"total_max_attempts": 1}))
        self.assertEqual(reader.get_secret_value(SecretId="team/a")["SecretString"], "x")
        message = self.refused("AccessDeniedException", reader.get_secret_value, SecretId="team/b")
        self.assertIn("is not authorized to perform: secretsmanager:GetSecretValue on resource", message)

    def test_the_aws_command(self):
        self.server.aws_json("secretsmanager", "create-secret", "--name", "cli", "--secret-string", "s")
        got = self.server.aws_json("secretsmanager", "get-secret-value", "--secret-id", "cli")
        self.assertEqual(got["SecretString"], "s")
        self.server.aws_json("ssm", "put-parameter", "--name", "/cli", "--type", "String", "--value", "p")
        got = self.server.aws_json("ssm", "get-parameter", "--name", "/cli")
        self.assertEqual(got["Parameter"]["Value"], "p")

    def test_no_canary_lies_on_the_disk(self):
        self.secrets.create_secret(Name="canary", SecretString=CANARY)
        self.ssm.put_parameter(Name="canary", Value=CANARY, Type="String")
        self.assertEqual(self.secrets.get_secret_value(SecretId="canary")["SecretString"], CANARY)
        forms = [CANARY.encode(), base64.b64encode(CANARY.encode())[:-4], CANARY.encode().hex().encode()]
        files = [path for path in self.server.home.rglob("*") if path.is_file()]
        self.assertTrue(any("towpath.db" in path.name for path in files), files)
        found = [(path, form) for path in files for form in forms if form in path.read_bytes()]
        self.assertEqual(found, [])


if __name__ == "__main__":
    run("secrets")
