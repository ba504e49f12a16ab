"""The same chain in a step that has no network: token, role and bucket are reached by the step's gateway, with
the real `aws` command as it is, and nothing else of the machine is."""

import inspect
import unittest
from pathlib import Path

import s3_step
from running import run

AUDIENCE = "https://vault.example.com"


def mint(audience):
    """Runs in the step: asks for a further token, as GitHub's runners are asked, and says whom it is for."""
    import base64
    import json
    import os
    import urllib.request

    word = os.environ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
    url = f"{os.environ['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience={audience}"
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": f"bearer {word}"})) as answer:
        claims = json.load(answer)["value"].split(".")[1]
    print("minted for", json.loads(base64.urlsafe_b64decode(claims + "=="))["aud"])


class GatewayStep(s3_step.S3Step):
    SETTINGS = '[steps]\nnetwork = "none"\n'

    @classmethod
    def bring_the_command(cls):
        (Path(cls.story.work) / "mint.py").write_text(f"{inspect.getsource(mint)}\nmint({AUDIENCE!r})\n")
        super().bring_the_command()

    @classmethod
    def lines(cls):
        reach = f"import urllib.request as it; it.urlopen('{cls.server.address}/healthz', timeout=10)"
        return [*super().lines(), "python3 mint.py",
                f'python3 -c "{reach}" 2>/dev/null && echo reached || echo the host is not there']

    def test_it_is_given_a_token_for_another_audience(self):
        self.assertRegex(self.log, f"minted for .*{AUDIENCE}")

    def test_the_host_is_not_there(self):
        self.assertIn("\nthe host is not there", self.log.replace("\r", ""))


if __name__ == "__main__":
    run("gateway of a step")
