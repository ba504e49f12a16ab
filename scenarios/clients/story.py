"""The demo's story, told by separate clients: the practice forge, the OAuth handshake as a browser
does it, a pipeline made by the real `aws` command, a push with git, an approval.

With `--hold` it brings an execution to its approval, prints one line of JSON about it, and keeps the
world up until its input ends: that is how console.mjs uses it.
"""

import html.parser
import http.cookiejar
import json
import re
import shutil
import socket
import subprocess
import sys
import urllib.parse
import urllib.request

import declarations
from running import Server, await_, binary

REPOSITORY = "practice/app"
PIPELINE = "story"
SECONDS_MAX = 60
PAGES_MAX = 5


class Story:
    """A forge and a server that are connected, and a pipeline that watches the forge."""

    def __init__(self, *flags):
        self.port = free_port()
        self.forge_address = f"http://127.0.0.1:{self.port}"
        self.server = Server("--allow-address", f"127.0.0.1:{self.port}", *flags)

    def __enter__(self):
        command = [binary(), "forge", "--listen", f"127.0.0.1:{self.port}", "--repository", REPOSITORY]
        self.forge_log = open(self.server.home / "forge.log", "ab")
        self.forge = subprocess.Popen(command, env=self.server.environment, stdin=subprocess.DEVNULL,
                                      stdout=self.forge_log, stderr=self.forge_log)
        try:
            await_(lambda: answers(self.port), SECONDS_MAX)
            self.server.start()
            self.connection = self._connect()
            self.work = self._clone()
            self._create_pipelines()
            await_(lambda: any(sent["event"] == "ping" for sent in self.arrived()), SECONDS_MAX)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            self.server.__exit__()
        finally:
            self.forge.terminate()
            self.forge.wait(SECONDS_MAX)
            self.forge_log.close()

    def push(self):
        """A commit on main, pushed with git; gives its id."""
        self._git("commit", "--quiet", "--allow-empty", "--message", "Another change")
        self._git("push", "--quiet", "origin", "HEAD:main")
        return self._git("rev-parse", "HEAD")

    def deliveries(self):
        """What the forge sent to its hooks, newest first, as its API shows it."""
        return [sent | {"hook": hook["id"]} for hook in self._forge("hooks")
                for sent in self._forge(f"hooks/{hook['id']}/deliveries")]

    def arrived(self):
        return [sent for sent in self.deliveries() if sent["status"] == "OK"]

    def redeliver_what_failed(self):
        """The forge's own button for what never arrived: nobody else tells a server what it missed."""
        arrived = {sent["guid"] for sent in self.arrived()}
        lost = {sent["guid"]: sent for sent in self.deliveries() if sent["guid"] not in arrived}
        for sent in lost.values():
            self._forge(f"hooks/{sent['hook']}/deliveries/{sent['id']}/attempts", b"")

    def executions(self):
        """Every execution of the pipeline, newest first."""
        pages = self.server.client("codepipeline").get_paginator("list_pipeline_executions")
        return [one for page in pages.paginate(pipelineName=PIPELINE) for one in page["pipelineExecutionSummaries"]]

    def executions_of(self, commit):
        """The executions that run a commit."""
        return [one for one in self.executions()
                if any(source.get("revisionId") == commit for source in one.get("sourceRevisions", []))]

    def approval(self):
        """The token of the approval that waits, or None."""
        state = self.server.client("codepipeline").get_pipeline_state(name=PIPELINE)
        actions = [action for stage in state["stageStates"] for action in stage.get("actionStates", [])]
        return next((action["latestExecution"]["token"] for action in actions
                     if action.get("latestExecution", {}).get("token")), None)

    def approve(self, token, status="Approved"):
        """Gives the approval through the real `aws` command."""
        words = ["--pipeline-name", PIPELINE, "--stage-name", "Approval", "--action-name", "Approve"]
        result = json.dumps({"summary": "looks right", "status": status})
        return self.server.aws_json("codepipeline", "put-approval-result", *words, "--token", token, "--result", result)

    def sign_in(self):
        """A new link into the console."""
        return first_link(self.server.towpath("console", "link").stdout)

    def _connect(self):
        # As JSON: version 1 of the command would fetch an argument that looks like an address.
        host = {"Name": "practice", "ProviderType": "GitHubEnterpriseServer", "ProviderEndpoint": self.forge_address}
        words = ["create-host", "--cli-input-json", json.dumps(host)]
        host = self.server.aws_json("codeconnections", *words)["HostArn"]
        secret = self.server.home / "client-secret"
        secret.write_text("practice-secret")
        client = ["--client-id", "practice-client", "--client-secret-file", str(secret)]
        self.server.towpath("forges", "register", "--host", host, *client)
        words = ["create-connection", "--connection-name", "practice", "--host-arn", host]
        connection = self.server.aws_json("codeconnections", *words)["ConnectionArn"]
        self._authorize(connection)
        return connection

    def _authorize(self, connection):
        """What a person does in a browser: open the link, press the button, come back."""
        command = [binary(), "connections", "authorize", connection, "--data", str(self.server.data)]
        with subprocess.Popen(command, env=self.server.environment, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as waiting:
            press_the_buttons(first_link(waiting.stdout.readline()))
            assert waiting.wait(SECONDS_MAX) == 0, "the connection was not authorized"

    def _create_pipelines(self):
        self.server.towpath("buckets", "create", declarations.BUCKET)
        self._create_pipeline(declarations.story(self.connection, REPOSITORY, PIPELINE))

    def _create_pipeline(self, declaration):
        file = self.server.home / "pipeline.json"
        file.write_text(json.dumps({"pipeline": declaration}))
        self.server.aws_json("codepipeline", "create-pipeline", "--cli-input-json", f"file://{file}")

    def _forge(self, path, body=None):
        """An answer of the forge's API; a body makes it a POST."""
        request = urllib.request.Request(f"{self.forge_address}/api/v3/repos/{REPOSITORY}/{path}", body,
                                         {"Authorization": "Bearer practice"})
        with urllib.request.urlopen(request, timeout=SECONDS_MAX) as answer:
            return json.load(answer)

    def _clone(self):
        self.work = self.server.home / "work"
        address = self.forge_address.replace("//", "//practice:practice@") + f"/{REPOSITORY}.git"
        git = shutil.which("git")
        subprocess.run([git, "clone", "--quiet", address, self.work], env=self.server.environment, check=True)
        self._git("config", "user.name", "Ada")
        self._git("config", "user.email", "ada@forge.example")
        return self.work

    def _git(self, *words):
        done = subprocess.run(["git", *words], cwd=self.work, env=self.server.environment,
                              capture_output=True, text=True, timeout=SECONDS_MAX)
        assert done.returncode == 0, f"git {' '.join(words)}: {done.stderr}"
        return done.stdout.strip()


class Form(html.parser.HTMLParser):
    """The first form of a page: where it goes and what it carries."""

    def __init__(self, page):
        super().__init__()
        self.action, self.fields = None, {}
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form" and self.action is None:
            self.action = given.get("action", "")
        if tag in ("input", "button") and given.get("name"):
            self.fields.setdefault(given["name"], given.get("value", ""))


def press_the_buttons(link):
    """What a person does who wants to connect: opens a page and presses its first button, here and at
    the forge, until a page has none."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    request = link
    for _ in range(PAGES_MAX):
        with browser.open(request, timeout=SECONDS_MAX) as page:
            form = Form(page.read().decode())
        if form.action is None:
            return
        target = urllib.parse.urljoin(page.url, form.action or page.url)
        headers = {"Origin": "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(target))}
        request = urllib.request.Request(target, urllib.parse.urlencode(form.fields).encode(), headers)
    raise AssertionError(f"more than {PAGES_MAX} pages with a button behind {link}")


def first_link(text):
    found = re.search(r"https?://\S+", text)
    return found and found.group()


def free_port():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def answers(port):
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) == 0


def hold():
    with Story() as story:
        commit = story.push()
        await_(story.approval, SECONDS_MAX)
        said = {
            "address": story.server.address,
            "sign_in": story.sign_in(),
            "pipeline": PIPELINE,
            "execution": story.executions_of(commit)[0]["pipelineExecutionId"],
        }
        print(json.dumps(said), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    assert sys.argv[1:] == ["--hold"], __doc__
    hold()
