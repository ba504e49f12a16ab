"""boto3 and the `aws` command speak IAM to a running server: what is made comes back as it was given,
the documented refusals, and keys of users who may do what their policies say."""

import json
import unittest

import boto3
import botocore.config
from botocore.exceptions import ClientError
from running import ACCOUNT, REGION, Server, run

TRUST = {"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
READ = {"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Action": ["codepipeline:ListPipelines", "iam:GetUser"], "Resource": "*"}]}
ISSUER = "token.actions.githubusercontent.com"


class Iam(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.start()
        cls.iam = cls.server.client("iam")

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def refused(self, code, call, **arguments):
        with self.assertRaises(ClientError) as refused:
            call(**arguments)
        self.assertEqual(refused.exception.response["Error"]["Code"], code)
        return refused.exception

    def as_user(self, service, key):
        return boto3.client(
            service, endpoint_url=self.server.address, region_name=REGION,
            aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"],
            config=botocore.config.Config(retries={"total_max_attempts": 1}))

    def test_a_role_comes_back_as_it_was_made(self):
        made = self.iam.create_role(
            RoleName="Deploy", Path="/ci/", AssumeRolePolicyDocument=json.dumps(TRUST),
            Description="deploys", MaxSessionDuration=7200, Tags=[{"Key": "team", "Value": "canal"}])["Role"]
        self.assertEqual(made["Arn"], f"arn:aws:iam::{ACCOUNT}:role/ci/Deploy")
        self.assertEqual(made["AssumeRolePolicyDocument"], TRUST)
        kept = self.iam.get_role(RoleName="Deploy")["Role"]
        self.assertEqual(kept.pop("RoleLastUsed"), {})  # GetRole has it, CreateRole does not
        self.assertEqual(kept, made)
        self.refused("EntityAlreadyExists", self.iam.create_role, RoleName="deploy",
                     AssumeRolePolicyDocument=json.dumps(TRUST))
        self.refused("NoSuchEntity", self.iam.get_role, RoleName="nobody")
        self.iam.put_role_policy(RoleName="Deploy", PolicyName="own", PolicyDocument=json.dumps(READ))
        own = self.iam.get_role_policy(RoleName="Deploy", PolicyName="own")
        self.assertEqual((own["RoleName"], own["PolicyDocument"]), ("Deploy", READ))
        self.assertEqual(self.iam.list_role_policies(RoleName="Deploy")["PolicyNames"], ["own"])
        self.refused("DeleteConflict", self.iam.delete_role, RoleName="Deploy")
        self.iam.put_role_permissions_boundary(
            RoleName="Deploy", PermissionsBoundary="arn:aws:iam::aws:policy/PowerUserAccess")
        self.iam.tag_role(RoleName="Deploy", Tags=[{"Key": "stage", "Value": "test"}])
        self.iam.untag_role(RoleName="Deploy", TagKeys=["team"])
        self.assertEqual(self.iam.list_role_tags(RoleName="Deploy")["Tags"], [{"Key": "stage", "Value": "test"}])
        self.iam.delete_role_policy(RoleName="Deploy", PolicyName="own")
        self.iam.delete_role(RoleName="Deploy")

    def test_versions_of_a_policy(self):
        policy = self.iam.create_policy(PolicyName="read", PolicyDocument=json.dumps(READ))["Policy"]
        arn = policy["Arn"]
        for _ in range(4):
            self.iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(READ), SetAsDefault=True)
        self.refused("LimitExceeded", self.iam.create_policy_version, PolicyArn=arn, PolicyDocument=json.dumps(READ))
        versions = [it["VersionId"] for it in self.iam.list_policy_versions(PolicyArn=arn)["Versions"]]
        self.assertEqual(versions, ["v5", "v4", "v3", "v2", "v1"])
        document = self.iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]
        self.assertEqual(document, READ)
        self.refused("DeleteConflict", self.iam.delete_policy_version, PolicyArn=arn, VersionId="v5")
        self.iam.create_group(GroupName="readers")
        self.iam.attach_group_policy(GroupName="readers", PolicyArn=arn)
        self.assertEqual(self.iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"], 1)
        held = self.iam.list_entities_for_policy(PolicyArn=arn)["PolicyGroups"]
        self.assertEqual([group["GroupName"] for group in held], ["readers"])
        self.refused("DeleteConflict", self.iam.delete_policy, PolicyArn=arn)
        names = {it["PolicyName"] for it in self.iam.list_policies(Scope="AWS")["Policies"]}
        self.assertIn("AdministratorAccess", names)

    def test_a_policy_that_is_wrong_says_where(self):
        wrong = '{"Version": "2012-10-17",\n "Statement": [{"Effect": "Allow", "Resource": "*"}]}'
        refused = self.refused("MalformedPolicyDocument", self.iam.create_policy, PolicyName="wrong", PolicyDocument=wrong)
        self.assertIn("line 2, column", str(refused))

    def test_a_users_key_does_what_the_policies_say(self):
        user = self.iam.create_user(UserName="ann")["User"]
        key = self.iam.create_access_key(UserName="ann")["AccessKey"]
        self.iam.create_access_key(UserName="ann")
        self.refused("LimitExceeded", self.iam.create_access_key, UserName="ann")
        identity = self.as_user("sts", key).get_caller_identity()
        self.assertEqual((identity["Arn"], identity["UserId"]), (user["Arn"], user["UserId"]))
        pipelines = self.as_user("codepipeline", key)
        refused = self.refused("AccessDeniedException", pipelines.list_pipelines)
        self.assertEqual(
            refused.response["Error"]["Message"],
            f"User: {user['Arn']} is not authorized to perform: codepipeline:ListPipelines on resource: "
            "* because no identity-based policy allows the codepipeline:ListPipelines action")
        why = self.server.towpath("why", refused.response["ResponseMetadata"]["RequestId"]).stdout
        self.assertIn("no identity-based policy allows it", why)
        self.refused("AccessDenied", self.as_user("iam", key).list_users)

        self.iam.create_group(GroupName="crew")
        self.iam.put_group_policy(GroupName="crew", PolicyName="read", PolicyDocument=json.dumps(READ))
        self.iam.add_user_to_group(GroupName="crew", UserName="ann")
        pipelines.list_pipelines()
        self.assertEqual(self.as_user("iam", key).get_user()["User"]["UserName"], "ann")
        results = self.iam.simulate_principal_policy(
            PolicySourceArn=user["Arn"], ActionNames=["codepipeline:ListPipelines", "s3:GetObject"])
        decisions = [it["EvalDecision"] for it in results["EvaluationResults"]]
        self.assertEqual(decisions, ["allowed", "implicitDeny"])

        self.iam.update_user(UserName="ann", NewUserName="anna")
        self.assertTrue(self.as_user("sts", key).get_caller_identity()["Arn"].endswith(":user/anna"))
        used = self.iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
        self.assertEqual(used["UserName"], "anna")
        self.assertEqual(used["AccessKeyLastUsed"]["Region"], "us-east-1")
        self.iam.update_access_key(UserName="anna", AccessKeyId=key["AccessKeyId"], Status="Inactive")
        self.refused("InvalidClientTokenId", self.as_user("sts", key).get_caller_identity)

    def test_a_provider(self):
        arn = self.iam.create_open_id_connect_provider(
            Url=f"https://{ISSUER}", ClientIDList=["sts.amazonaws.com"])["OpenIDConnectProviderArn"]
        self.assertEqual(arn, f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}")
        self.iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="other")
        found = self.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
        self.assertEqual((found["Url"], found["ClientIDList"]), (ISSUER, ["sts.amazonaws.com", "other"]))
        self.refused("EntityAlreadyExists", self.iam.create_open_id_connect_provider, Url=f"https://{ISSUER}")
        self.refused("InvalidInput", self.iam.create_open_id_connect_provider, Url="http://ci.example.com")

    def test_pages_meet_without_a_gap(self):
        for number in range(5):
            self.iam.create_user(UserName=f"page-{number}", Path="/pages/")
        pages = self.iam.get_paginator("list_users").paginate(
            PathPrefix="/pages/", PaginationConfig={"PageSize": 2})
        names = [user["UserName"] for page in pages for user in page["Users"]]
        self.assertEqual(names, [f"page-{number}" for number in range(5)])
        whole = [it["UserName"] for page in self.iam.get_paginator("get_account_authorization_details").paginate(
            PaginationConfig={"PageSize": 2}) for it in page["UserDetailList"]]
        self.assertLessEqual(set(names), set(whole))
        self.assertEqual(len(whole), len(set(whole)))

    def test_the_aws_command(self):
        made = self.server.aws_json(
            "iam", "create-role", "--role-name", "cli", "--assume-role-policy-document", json.dumps(TRUST))
        self.assertEqual(made["Role"]["AssumeRolePolicyDocument"], TRUST)
        listed = self.server.aws_json("iam", "list-roles", "--query", "Roles[].RoleName")
        self.assertIn("cli", listed)
        refused = self.server.aws("iam", "get-role", "--role-name", "nobody")
        self.assertIn("(NoSuchEntity) when calling the GetRole operation", refused.stderr)


if __name__ == "__main__":
    run("iam")
