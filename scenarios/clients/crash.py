"""`towpath up`, driven by a separate client with the demo's story, killed with -9 at seeded moments
and started again on its data folder: each time the story ends Succeeded, in one execution.

Usage: crash.py KILLS FROM. A kill's moment depends on its seed and on how long the story takes here.
"""

import random
import sys
import time

from botocore.exceptions import BotoCoreError, ClientError
from running import await_
from story import PIPELINE, SECONDS_MAX, Story

ACTIONS = ["Source", "Build", "Approve", "Deploy"]


def main(kills, first):
    failed = 0
    with Story() as story:
        span = measure(story)
        print(f"undisturbed, the story takes {span:.2f} s")
        for seed in range(first, first + kills):
            moment = random.Random(seed).uniform(0, span)
            try:
                attempts = killed_at(story, moment)
                print(f"ok      seed {seed}: killed at {moment * 1000:.0f} ms, {attempts}")
            except AssertionError as failure:
                failed += 1
                print(f"FAILED  seed {seed}: killed at {moment * 1000:.0f} ms: {failure}\n{story.server.last_words()}")
                if story.server.process.poll() is not None:
                    story.server.start()
        judge_all(story)
    print(f"crash: {kills - failed} passed, {failed} failed")
    return 1 if failed or not kills else 0


def measure(story):
    """How long a story takes that nobody disturbs; the second one, whose mirror is warm."""
    for _ in range(2):
        commit = story.push()
        started = time.monotonic()
        finish(story, commit)
    return time.monotonic() - started


def killed_at(story, moment):
    """One story with one kill `moment` seconds after its push; gives a word about its attempts."""
    commit = story.push()
    deadline = time.monotonic() + moment
    while time.monotonic() < deadline:
        answer_approval(story)
        time.sleep(min(0.01, max(0.0, deadline - time.monotonic())))
    story.server.kill()
    story.server.start()
    execution = finish(story, commit)
    return describe_attempts(story, execution["pipelineExecutionId"])


def finish(story, commit):
    """Approves where that is asked and has the forge send again what it could not deliver, until the
    commit's execution has ended."""

    def ended():
        answer_approval(story)
        story.redeliver_what_failed()
        return next((one for one in executions_of(story, commit) if one["status"] != "InProgress"), None)

    execution = await_(ended, SECONDS_MAX)
    assert execution["status"] == "Succeeded", f"ended {execution['status']}"
    number = len(story.executions_of(commit))
    assert number == 1, f"{number} executions of one push"
    return execution


def answer_approval(story):
    """A person who tries again: a server that is down or just decided is no failure here."""
    client = story.server.client("codepipeline", connect_timeout=1, read_timeout=5)
    try:
        if token := story.approval():
            client.put_approval_result(pipelineName=PIPELINE, stageName="Approval", actionName="Approve",
                                       token=token, result={"summary": "", "status": "Approved"})
    except (BotoCoreError, ClientError):
        pass


def executions_of(story, commit):
    try:
        return story.executions_of(commit)
    except (BotoCoreError, ClientError):
        return []


def describe_attempts(story, execution):
    """What was interrupted is shown as Lost with the next attempt after it, and the last one succeeded."""
    listed = story.server.client("codepipeline").list_action_executions(
        pipelineName=PIPELINE, filter={"pipelineExecutionId": execution})["actionExecutionDetails"]
    lost = 0
    for action in ACTIONS:
        attempts = sorted((one for one in reversed(listed) if one["actionName"] == action),
                          key=lambda attempt: attempt["startTime"])
        assert attempts and attempts[-1]["status"] == "Succeeded", f"{action} did not succeed: {attempts}"
        for interrupted in attempts[:-1]:
            said = interrupted["output"]["executionResult"]["errorDetails"]["message"]
            assert said.startswith("Lost"), f"{action}: an attempt ended otherwise: {said}"
            lost += 1
    return f"{lost} attempts lost" if lost else "nothing lost"


def judge_all(story):
    """No execution came late: still one a push, and none more."""
    pushes = [[source.get("revisionId") for source in one.get("sourceRevisions", [])] for one in story.executions()]
    assert len(pushes) == len({tuple(push) for push in pushes}), f"one push has two executions: {pushes}"


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
