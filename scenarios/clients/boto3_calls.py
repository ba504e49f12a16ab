"""boto3 against a running server: the exception classes that the documentation names, and one
violation for every constraint that botocore's models state."""

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
        "TagResource", "UntagResource", "ListTagsForResource",
    ]),
    "codestar-connections": ("ValidationException", [
        "CreateConnection", "GetConnection", "ListConnections", "DeleteConnection",
        "CreateHost", "GetHost", "ListHosts", "UpdateHost", "DeleteHost",
        "TagResource", "UntagResource", "ListTagsForResource",
    ]),
}


class Boto3Calls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        cls.pipelines = cls.server.client("codepipeline")
        cls.connections = cls.server.client("codestar-connections")

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

    def test_deleting_a_connection_twice(self):
        arn = self.connections.create_connection(ProviderType="GitHub", ConnectionName="once")["ConnectionArn"]
        self.connections.delete_connection(ConnectionArn=arn)
        with self.assertRaises(self.connections.exceptions.ResourceNotFoundException):
            self.connections.delete_connection(ConnectionArn=arn)

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
