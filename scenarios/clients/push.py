"""A push becomes a finished execution, seen by real clients: git, the `aws` command, boto3."""

import unittest
import zipfile

from running import await_, run
from story import PIPELINE, SECONDS_MAX, Story


class Push(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        story = Story()
        # Only the delivery tells of the push: no look at the repository may come before it.
        story.server.data.mkdir(mode=0o700)
        (story.server.data / "towpath.toml").write_text("[reconcile]\nseconds = 0\n")
        cls.story = cls.enterClassContext(story)
        cls.pipelines = cls.story.server.client("codepipeline")
        cls.commit = cls.story.push()
        token = await_(cls.story.approval, SECONDS_MAX)
        cls.approved = cls.story.approve(token)
        cls.token = token
        cls.execution = await_(cls.ended, SECONDS_MAX)

    @classmethod
    def ended(cls):
        executions = cls.story.executions_of(cls.commit)
        return next((one for one in executions if one["status"] not in ("InProgress", "Stopping")), None)

    def test_one_execution_succeeded(self):
        self.assertEqual(self.execution["status"], "Succeeded")
        self.assertEqual(len(self.story.executions_of(self.commit)), 1)

    def test_the_trigger_is_named(self):
        self.assertEqual(self.execution["trigger"]["triggerType"], "WebhookV2")

    def test_every_action_succeeded_once_in_order(self):
        listed = self.pipelines.list_action_executions(
            pipelineName=PIPELINE, filter={"pipelineExecutionId": self.execution["pipelineExecutionId"]})
        actions = sorted(listed["actionExecutionDetails"], key=lambda action: action["startTime"])
        self.assertEqual([action["actionName"] for action in actions], ["Source", "Build", "Approve", "Deploy"])
        self.assertEqual({action["status"] for action in actions}, {"Succeeded"})

    def test_the_approval_was_answered_and_cannot_be_given_twice(self):
        self.assertIn("approvedAt", self.approved)
        refusals = self.pipelines.exceptions
        with self.assertRaises((refusals.ApprovalAlreadyCompletedException, refusals.InvalidApprovalTokenException)):
            self.pipelines.put_approval_result(
                pipelineName=PIPELINE, stageName="Approval", actionName="Approve", token=self.token,
                result={"summary": "again", "status": "Approved"})

    def test_the_artifact_holds_what_the_step_made(self):
        made = self.story.server.home / "made.zip"
        words = ["get", PIPELINE, self.execution["pipelineExecutionId"], "BuildOutput", "--output", str(made)]
        self.story.server.towpath("artifacts", *words)
        with zipfile.ZipFile(made) as archive:
            self.assertEqual(archive.read("out/result.txt").decode().strip(), "built")

    def test_the_log_says_what_the_step_said(self):
        self.assertIn("built by a step", self.story.server.towpath("logs", PIPELINE).stdout)

    def test_the_delivery_has_a_disposition(self):
        listed = self.story.server.towpath("deliveries", "list").stdout
        self.assertIn("started", listed)


if __name__ == "__main__":
    run("push")
