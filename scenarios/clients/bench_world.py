"""The world that `cargo xtask bench` measures: a forge with a repository of 200 files, and two
pipelines whose only command knocks at a door of the bench.

Usage: bench_world.py PUBLIC_URL LISTEN COMMAND. It says one line of JSON when ready; each line of its input
is a wish (`crowd N`: so many pipelines on other repositories), answered by a line; its end is the end.
"""

import json
import sys

import declarations
from running import await_
from story import REPOSITORY, SECONDS_MAX, Story

FILES = 200
FILE_LINES = 500


class World(Story):
    """`main` is watched by one pipeline, `warm` by another, so that a commit can be known before."""

    def __init__(self, public_url, listen, command):
        super().__init__("--public-url", public_url)
        self.server.listen = listen
        self.command = command

    def _create_pipelines(self):
        for number in range(FILES):
            text = "".join(f"{line * number:09}\n" for line in range(FILE_LINES))
            (self.work / f"file-{number}").write_text(text)
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", "Two hundred files")
        self._git("push", "--quiet", "origin", "HEAD:main", "HEAD:warm")
        self.server.towpath("buckets", "create", declarations.BUCKET)
        for branch in ["main", "warm"]:
            self._create_pipeline(declarations.quick(self.connection, REPOSITORY, branch, branch, self.command))

    def crowd(self, number):
        """Pipelines on other repositories, behind a connection that nobody finished."""
        client = self.server.client("codestar-connections")
        arn = client.create_connection(ProviderType="GitHub", ConnectionName="crowd")["ConnectionArn"]
        pipelines = self.server.client("codepipeline")
        for one in range(number):
            declaration = declarations.quick(arn, f"crowd/repository-{one}", f"crowd-{one}", "main", "true")
            pipelines.create_pipeline(pipeline=declaration)
        await_(lambda: self._ended(pipelines, f"crowd-{number - 1}"), SECONDS_MAX)

    @staticmethod
    def _ended(pipelines, name):
        executions = pipelines.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
        return all(one["status"] != "InProgress" for one in executions)


def main(public_url, listen, command):
    with World(public_url, listen, command) as world:
        print(json.dumps({"work": str(world.work), "database": str(world.server.data / "towpath.db")}), flush=True)
        for line in sys.stdin:
            wish, number = line.split()
            assert wish == "crowd", line
            world.crowd(int(number))
            print(json.dumps({"crowd": int(number)}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
