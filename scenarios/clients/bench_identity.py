"""The world that `cargo xtask bench --identity` measures: a server, and a running step for each algorithm,
which may ask for tokens and whose role may be assumed.

It says one line of JSON when both steps run; the end of its input is the end.
"""

import json
import sys
import urllib.parse

import declarations
from running import ACCOUNT, await_
from story import REPOSITORY, SECONDS_MAX, Story

ALGORITHMS = ["RS256", "ES256"]
ROLE = f"arn:aws:iam::{ACCOUNT}:role/bench"
#: Backwards, so that the masking of the log lets them through.
SAY = 'echo "SAID $ACTIONS_ID_TOKEN_REQUEST_URL $ACTIONS_ID_TOKEN_REQUEST_TOKEN $BITBUCKET_STEP_OIDC_TOKEN" | rev'
#: Longer than any bench.
STAY = "sleep 3000"


class World(Story):
    """A pipeline for each algorithm, whose step says what it has and stays."""

    def _create_pipelines(self):
        self.server.towpath("buckets", "create", declarations.BUCKET)
        issuer = f"{self.server.address.split('://', 1)[1]}/oidc/{ACCOUNT}"
        trust = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"},
            "Condition": {"StringEquals": {f"{issuer}:ref": "refs/heads/main",
                                           f"{issuer}:pipeline": ALGORITHMS}}}]}
        self.server.client("iam").create_role(RoleName="bench", AssumeRolePolicyDocument=json.dumps(trust))
        for algorithm in ALGORITHMS:
            declaration = declarations.quick(self.connection, REPOSITORY, algorithm, "main", SAY)
            step = declaration["stages"][1]["actions"][0]
            step["commands"].append(STAY)
            step["configuration"] = {"Oidc": "true", "OidcAlgorithm": algorithm}
            self._create_pipeline(declaration)

    def said(self, pipeline):
        """The path that tokens are asked for at, the word to show there, and a token."""
        done = self.server.towpath("logs", pipeline, check=False)
        lines = [line[::-1] for line in done.stdout.splitlines()]
        line = next((line for line in lines if line.startswith("SAID ")), None)
        if not line:
            return None
        _, url, word, token = line.split(" ", 3)
        path = url.split("/", 3)[3]
        return {"path": f"/{path}&audience=bench", "word": word, "token": token.split(" ")[0]}


def form(token):
    """A call that shows a token."""
    return urllib.parse.urlencode({
        "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": ROLE,
        "RoleSessionName": "bench", "WebIdentityToken": token})


def main():
    with World() as world:
        world.push()
        steps = {}
        for algorithm in ALGORITHMS:
            said = await_(lambda: world.said(algorithm), SECONDS_MAX)
            steps[algorithm] = said | {"form": form(said["token"])}
        host = world.server.address.split("://", 1)[1]
        print(json.dumps({"host": host, "steps": steps}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
