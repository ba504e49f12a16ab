"""boto3 against a running server: the exception classes that the documentation names, and one
violation for every constraint that botocore's models state."""

import json
import unittest

import declarations
import violations
from running import ACCOUNT, REGION, Server, run

TAGS = [{"key": "team", "value": "canal"}]

# The operations whose constraints are checked, by service, with their documented refusal.
CHECKED = {
    "codepipeline": ("ValidationException", [
        "CreatePipeline", "GetPipeline", "UpdatePipeline", "DeletePipeline", "ListPipelines",
        "StartPipelineExecution", "StopPipelineExecution", "GetPipelineExecution",
        "ListPipelineExecutions", "GetPipelineState", "ListActionExecutions", "PutApprovalResult",
        "EnableStageTransition", "DisableStageTransition", "RetryStageExecution",
        "PutWebhook", "ListWebhooks", "DeleteWebhook", "RegisterWebhookWithThirdParty",
        "DeregisterWebhookWithThirdParty",
        "TagResource", "UntagResource", "ListTagsForResource",
    ]),
    "codestar-connections": ("ValidationException", [
        "CreateConnection", "GetConnection", "ListConnections", "DeleteConnection",
        "CreateHost", "GetHost", "ListHosts", "UpdateHost", "DeleteHost",
        "CreateRepositoryLink", "GetRepositoryLink", "UpdateRepositoryLink", "DeleteRepositoryLink",
        "ListRepositoryLinks", "CreateSyncConfiguration", "GetSyncConfiguration",
        "UpdateSyncConfiguration", "DeleteSyncConfiguration", "ListSyncConfigurations",
        "ListRepositorySyncDefinitions", "GetRepositorySyncStatus", "GetResourceSyncStatus",
        "GetSyncBlockerSummary", "UpdateSyncBlocker",
        "TagResource", "UntagResource", "ListTagsForResource",
    ]),
}
CHECKED["codeconnections"] = CHECKED["codestar-connections"]
ROLE = f"arn:aws:iam::{ACCOUNT}:role/sync"
NOBODY = "1a2b3c4d-0000-4000-8000-000000000000"


class Boto3Calls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        cls.pipelines = cls.server.client("codepipeline")
        cls.connections = cls.server.client("codestar-connections")
        cls.links = cls.server.client("codeconnections")
        trust = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"Service": "cloudformation.sync.codeconnections.amazonaws.com"}}]}
        cls.server.client("iam").create_role(RoleName="sync", AssumeRolePolicyDocument=json.dumps(trust))

    def declaration(self, name):
        arn = self.connections.create_connection(ProviderType="GitHub", ConnectionName=f"for-{name}")["ConnectionArn"]
        return declarations.story(arn, "octo/app", name)

    def test_a_name_in_use(self):
        declaration = self.declaration("twice")
        self.pipelines.create_pipeline(pipeline=declaration)
        with self.assertRaises(self.pipelines.exceptions.PipelineNameInUseException):
            self.pipelines.create_pipeline(pipeline=declaration)

    def test_one_stage_is_no_pipeline(self):
        declaration = self.declaration("short")
        declaration["stages"] = declaration["stages"][:1]
        with self.assertRaises(self.pipelines.exceptions.InvalidStructureException):
            self.pipelines.create_pipeline(pipeline=declaration)

    def test_an_unknown_execution(self):
        self.pipelines.create_pipeline(pipeline=self.declaration("quiet"))
        with self.assertRaises(self.pipelines.exceptions.PipelineExecutionNotFoundException):
            self.pipelines.get_pipeline_execution(
                pipelineName="quiet", pipelineExecutionId="1a2b3c4d-0000-4000-8000-000000000000")

    def test_a_page_token_of_nobody(self):
        with self.assertRaises(self.pipelines.exceptions.InvalidNextTokenException):
            self.pipelines.list_pipelines(nextToken="forged")

    def test_pages_meet_without_a_gap(self):
        for number in range(5):
            self.pipelines.create_pipeline(pipeline=self.declaration(f"page-{number}"))
        pages = self.pipelines.get_paginator("list_pipelines").paginate(PaginationConfig={"PageSize": 2})
        names = [pipeline["name"] for page in pages for pipeline in page["pipelines"]]
        self.assertEqual(len(names), len(set(names)))
        self.assertLessEqual({f"page-{number}" for number in range(5)}, set(names))

    def test_tags_are_kept(self):
        self.pipelines.create_pipeline(pipeline=self.declaration("tagged"), tags=TAGS)
        arn = f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:tagged"
        self.assertEqual(self.pipelines.list_tags_for_resource(resourceArn=arn)["tags"], TAGS)
        self.pipelines.untag_resource(resourceArn=arn, tagKeys=["team"])
        self.assertEqual(self.pipelines.list_tags_for_resource(resourceArn=arn)["tags"], [])

    def older(self, name):
        """A pipeline whose source action brings a token of its own."""
        declaration = self.declaration(name)
        declaration["stages"][0]["actions"][0] |= {
            "actionTypeId": {"category": "Source", "owner": "ThirdParty", "provider": "GitHub", "version": "1"},
            "configuration": {"Owner": "octo", "Repo": "app", "Branch": "main", "OAuthToken": "ghp_canary",
                              "PollForSourceChanges": "false"},
        }
        self.pipelines.create_pipeline(pipeline=declaration)
        return declaration["stages"][0]["actions"][0]["name"]

    def webhook(self, name, **changed):
        return {
            "name": name, "targetPipeline": "older", "targetAction": "Source",
            "filters": [{"jsonPath": "$.ref", "matchEquals": "refs/heads/{Branch}"}],
            "authentication": "GITHUB_HMAC", "authenticationConfiguration": {"SecretToken": "a-secret-of-ours"},
        } | changed

    def test_a_webhook_from_its_definition_to_its_end(self):
        self.older("older")
        put = self.pipelines.put_webhook(webhook=self.webhook("hook"), tags=TAGS)["webhook"]
        self.assertEqual(put["arn"], f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:webhook:hook")
        self.assertNotIn("a-secret-of-ours", str(put))
        self.assertEqual(self.pipelines.list_tags_for_resource(resourceArn=put["arn"])["tags"], TAGS)
        self.assertEqual(self.pipelines.get_pipeline(name="older")["pipeline"]["stages"][0]["actions"][0][
            "configuration"]["OAuthToken"], "****")
        again = self.pipelines.put_webhook(webhook=self.webhook("hook", filters=[]))["webhook"]
        self.assertEqual((again["url"], again["definition"]["filters"]), (put["url"], []))
        for number in range(4):
            self.pipelines.put_webhook(webhook=self.webhook(f"page-{number}"))
        pages = self.pipelines.get_paginator("list_webhooks").paginate(PaginationConfig={"PageSize": 2})
        names = [webhook["definition"]["name"] for page in pages for webhook in page["webhooks"]]
        self.assertEqual(names, ["hook", "page-0", "page-1", "page-2", "page-3"])
        for name in names + ["hook"]:
            self.pipelines.delete_webhook(name=name)
        self.assertEqual(self.pipelines.list_webhooks()["webhooks"], [])
        put_again = self.pipelines.put_webhook(webhook=self.webhook("hook"))["webhook"]
        self.assertNotEqual(put_again["url"], put["url"])
        with self.assertRaises(self.pipelines.exceptions.InvalidNextTokenException):
            self.pipelines.list_webhooks(NextToken="forged")

    def test_a_webhook_that_cannot_be_meant(self):
        self.older("meant")
        wrong = self.pipelines.exceptions
        secret = {"SecretToken": "a"}
        for changed, refused in [
            ({"targetPipeline": "nobody"}, wrong.PipelineNotFoundException),
            ({"targetAction": "Build"}, wrong.ValidationException),
            ({"authenticationConfiguration": {}}, wrong.InvalidWebhookAuthenticationParametersException),
            ({"authenticationConfiguration": {"SecretToken": "****"}},
             wrong.InvalidWebhookAuthenticationParametersException),
            ({"authentication": "IP", "authenticationConfiguration": secret},
             wrong.InvalidWebhookAuthenticationParametersException),
            ({"authentication": "IP", "authenticationConfiguration": {"AllowedIPRange": "here"}},
             wrong.InvalidWebhookAuthenticationParametersException),
            ({"authentication": "UNAUTHENTICATED"}, wrong.InvalidWebhookAuthenticationParametersException),
            ({"filters": [{"jsonPath": "ref"}]}, wrong.InvalidWebhookFilterPatternException),
            ({"filters": [{"jsonPath": "$.a[?(@.b)]"}]}, wrong.InvalidWebhookFilterPatternException),
            ({"filters": [{"jsonPath": "$.ref", "matchEquals": "{Tag}"}]}, wrong.InvalidWebhookFilterPatternException),
            ({"filters": [{"jsonPath": "$.ref", "matchEquals": "{OAuthToken}"}]},
             wrong.InvalidWebhookFilterPatternException),
        ]:
            with self.subTest(changed=changed), self.assertRaises(refused):
                self.pipelines.put_webhook(webhook=self.webhook("wrong", targetPipeline="meant") | changed)
        for call in (self.pipelines.register_webhook_with_third_party,
                     self.pipelines.deregister_webhook_with_third_party):
            with self.assertRaises(wrong.WebhookNotFoundException):
                call(webhookName="nobody")
        with self.assertRaises(wrong.InvalidTagsException):
            self.pipelines.put_webhook(webhook=self.webhook("wrong", targetPipeline="meant"),
                                       tags=[{"key": "aws:x", "value": "y"}])

    def test_deleting_a_connection_twice(self):
        arn = self.connections.create_connection(ProviderType="GitHub", ConnectionName="once")["ConnectionArn"]
        self.connections.delete_connection(ConnectionArn=arn)
        with self.assertRaises(self.connections.exceptions.ResourceNotFoundException):
            self.connections.delete_connection(ConnectionArn=arn)

    def link(self, name):
        arn = self.links.create_connection(ProviderType="GitHub", ConnectionName=name)["ConnectionArn"]
        made = self.links.create_repository_link(ConnectionArn=arn, OwnerId="octo", RepositoryName=name, Tags=[
            {"Key": "team", "Value": "canal"}])
        return arn, made["RepositoryLinkInfo"]

    def configuration(self, link, resource, kind="CFN_STACK_SYNC"):
        return {"Branch": "main", "ConfigFile": "ci/app.json", "RepositoryLinkId": link["RepositoryLinkId"],
                "ResourceName": resource, "RoleArn": ROLE, "SyncType": kind}

    def test_a_repository_has_one_link_by_a_connection(self):
        arn, link = self.link("one-link")
        self.assertEqual(self.links.get_repository_link(RepositoryLinkId=link["RepositoryLinkId"])["RepositoryLinkInfo"], link)
        tags = self.links.list_tags_for_resource(ResourceArn=link["RepositoryLinkArn"])["Tags"]
        self.assertEqual(tags, [{"Key": "team", "Value": "canal"}])
        with self.assertRaises(self.links.exceptions.ResourceAlreadyExistsException) as refused:
            self.links.create_repository_link(ConnectionArn=arn, OwnerId="octo", RepositoryName="one-link")
        self.assertIn(arn, str(refused.exception))
        self.assertEqual(refused.exception.response["ResponseMetadata"]["HTTPStatusCode"], 409)

    def test_a_link_is_not_deleted_under_a_configuration_nor_a_connection_under_a_link(self):
        arn, link = self.link("kept")
        self.links.create_sync_configuration(**self.configuration(link, "kept"))
        with self.assertRaises(self.links.exceptions.SyncConfigurationStillExistsException):
            self.links.delete_repository_link(RepositoryLinkId=link["RepositoryLinkId"])
        with self.assertRaises(self.links.exceptions.ConflictException):
            self.links.delete_connection(ConnectionArn=arn)
        self.links.delete_sync_configuration(SyncType="CFN_STACK_SYNC", ResourceName="kept")
        self.links.delete_repository_link(RepositoryLinkId=link["RepositoryLinkId"])
        self.links.delete_connection(ConnectionArn=arn)

    def test_what_is_not_there_is_not_found_under_either_name(self):
        resource = {"SyncType": "CFN_STACK_SYNC", "ResourceName": "nobody"}
        for client in (self.links, self.connections):
            missing = client.exceptions.ResourceNotFoundException
            for call, given in [
                (client.get_repository_link, {"RepositoryLinkId": NOBODY}),
                (client.update_repository_link, {"RepositoryLinkId": NOBODY}),
                (client.delete_repository_link, {"RepositoryLinkId": NOBODY}),
                (client.get_sync_configuration, resource),
                (client.update_sync_configuration, resource),
                (client.get_resource_sync_status, resource),
                (client.get_sync_blocker_summary, resource),
                (client.list_sync_configurations, {"RepositoryLinkId": NOBODY, "SyncType": "CFN_STACK_SYNC"}),
            ]:
                with self.subTest(call=call.__name__), self.assertRaises(missing):
                    call(**given)

    def test_a_stack_sync_is_taken_and_shows_what_blocks_it(self):
        _, link = self.link("stack")
        given = self.configuration(link, "stack") | {"PullRequestComment": "ENABLED"}
        made = self.links.create_sync_configuration(**given)["SyncConfiguration"]
        self.assertEqual((made["PullRequestComment"], made["OwnerId"]), ("ENABLED", "octo"))
        with self.assertRaises(self.links.exceptions.ResourceAlreadyExistsException):
            self.links.create_sync_configuration(**given)
        resource = {"SyncType": "CFN_STACK_SYNC", "ResourceName": "stack"}
        blocker, = self.links.get_sync_blocker_summary(**resource)["SyncBlockerSummary"]["LatestBlockers"]
        self.assertEqual((blocker["Type"], blocker["Status"]), ("AUTOMATED", "ACTIVE"))
        with self.assertRaises(self.links.exceptions.RetryLatestCommitFailedException):
            self.links.update_sync_blocker(**resource, Id=blocker["Id"], ResolvedReason="now")
        with self.assertRaises(self.links.exceptions.SyncBlockerDoesNotExistException):
            self.links.update_sync_blocker(**resource, Id="nobody", ResolvedReason="now")

    def test_a_sync_that_cannot_be_meant(self):
        _, link = self.link("wrong")
        for wrong in [{"RoleArn": "arn:aws:iam::111111111111:role/r"}, {"ConfigFile": "../x"}, {"Branch": "a..b"},
                      {"RepositoryLinkId": NOBODY}]:
            with self.subTest(wrong=wrong), self.assertRaises(self.links.exceptions.InvalidInputException):
                self.links.create_sync_configuration(**(self.configuration(link, "wrong") | wrong))
        with self.assertRaises(self.links.exceptions.InvalidInputException):
            self.links.list_repository_links(NextToken="forged")

    def test_every_constraint_of_the_models_is_held(self):
        checked = 0
        for service, (code, operations) in CHECKED.items():
            client = self.server.client(service, parameter_validation=False)
            for operation in operations:
                for violation in violations.of(client, operation):
                    checked += 1
                    with self.subTest(service=service, operation=operation, violation=str(violation)):
                        answer = violations.answer(client, operation, violation.given)
                        self.assertEqual(answer.code, code, answer.message)
                        self.assertIn(violation.member.lower(), answer.message.lower())
        print(f"{checked} violations checked")
        self.assertGreater(checked, 0)


if __name__ == "__main__":
    run("boto3")
