"""The real `aws` command against a running server: what README.md has people type."""

import json
import re
import unittest

import declarations
from running import ACCOUNT, REGION, Server, await_, run

UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


class AwsCommand(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())

    def connection(self, name, service="codestar-connections"):
        words = ["create-connection", "--provider-type", "GitHub", "--connection-name", name]
        return self.server.aws_json(service, *words)["ConnectionArn"]

    def pipeline(self, name):
        connection = self.connection(f"for-{name}")
        declaration = declarations.story(connection, "octo/app", name)
        file = self.server.home / f"{name}.json"
        file.write_text(json.dumps({"pipeline": declaration}))
        words = ["create-pipeline", "--cli-input-json", f"file://{file}"]
        return declaration, self.server.aws_json("codepipeline", *words)["pipeline"]

    def refused(self, code, *words):
        done = self.server.aws(*words)
        # Version 1 of the command says 255 for a refusal, version 2 says 254.
        self.assertIn(done.returncode, (254, 255), done.stderr)
        self.assertIn(f"({code})", done.stderr)

    def test_the_caller_is_who_the_key_belongs_to(self):
        identity = self.server.aws_json("sts", "get-caller-identity")
        self.assertEqual(identity["Account"], ACCOUNT)
        self.assertRegex(identity["Arn"], f"^arn:aws:(iam|sts)::{ACCOUNT}:")
        self.assertTrue(identity["UserId"])

    def test_a_connection_is_pending_under_both_prefixes(self):
        for service in ["codestar-connections", "codeconnections"]:
            arn = self.connection(f"by-{service}", service)
            self.assertRegex(arn, f"^arn:aws:{service}:{REGION}:{ACCOUNT}:connection/{UUID}$")
            listed = self.server.aws_json("codeconnections", "list-connections")["Connections"]
            found = [connection for connection in listed if connection["ConnectionArn"] == arn]
            self.assertEqual([connection["ConnectionStatus"] for connection in found], ["PENDING"])

    def test_a_pipeline_comes_back_as_it_was_declared(self):
        declared, created = self.pipeline("declared")
        self.assertEqual(created["version"], 1)
        read = self.server.aws_json("codepipeline", "get-pipeline", "--name", "declared")
        for kept in ["name", "roleArn", "pipelineType", "artifactStore"]:
            self.assertEqual(read["pipeline"][kept], declared[kept])
        names = [[action["name"] for action in stage["actions"]] for stage in read["pipeline"]["stages"]]
        self.assertEqual(names, [["Source"], ["Build"], ["Approve"], ["Deploy"]])
        self.assertRegex(read["metadata"]["pipelineArn"], f"^arn:aws:codepipeline:{REGION}:{ACCOUNT}:declared$")
        listed = self.server.aws_json("codepipeline", "list-pipelines")["pipelines"]
        self.assertIn("declared", [pipeline["name"] for pipeline in listed])

    def test_a_pipeline_on_a_pending_connection_fails_at_its_source_with_the_reason(self):
        self.pipeline("pending")
        self.server.aws_json("codepipeline", "start-pipeline-execution", "--name", "pending")
        listed = ["codepipeline", "list-pipeline-executions", "--pipeline-name", "pending"]

        def ended():
            executions = self.server.aws_json(*listed)["pipelineExecutionSummaries"]
            return [one for one in executions if one["status"] == "Failed"]

        self.assertRegex(await_(ended, 30)[0]["pipelineExecutionId"], f"^{UUID}$")
        state = self.server.aws_json("codepipeline", "get-pipeline-state", "--name", "pending")
        latest = state["stageStates"][0]["actionStates"][0]["latestExecution"]
        self.assertEqual(latest["status"], "Failed")
        self.assertIn("Could not determine connection credentials", latest["errorDetails"]["message"])

    def test_wrong_input_names_the_documented_exception(self):
        absent = ["--pipeline-name", "absent"]
        self.refused("PipelineNotFoundException", "codepipeline", "get-pipeline", "--name", "absent")
        self.refused("PipelineNotFoundException", "codepipeline", "list-pipeline-executions", *absent)
        self.refused("PipelineNotFoundException", "codepipeline", "get-pipeline-state", "--name", "absent")
        arn = f"arn:aws:codestar-connections:{REGION}:{ACCOUNT}:connection/{'0' * 8}-0000-4000-8000-{'0' * 12}"
        self.refused("ResourceNotFoundException", "codeconnections", "get-connection", "--connection-arn", arn)

    def test_an_approval_with_a_token_that_was_never_given_is_refused(self):
        self.pipeline("unapproved")
        words = ["--pipeline-name", "unapproved", "--stage-name", "Approval", "--action-name", "Approve"]
        words += ["--result", "summary=yes,status=Approved", "--token", "1a2b3c4d-0000-4000-8000-000000000000"]
        self.refused("InvalidApprovalTokenException", "codepipeline", "put-approval-result", *words)


if __name__ == "__main__":
    run("aws")
