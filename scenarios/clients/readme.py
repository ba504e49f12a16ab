"""The first five minutes of README.md, typed as they stand: every block in one shell, in order.

Changed are only the build, which is done, and the ports, so that nothing else is in the way.
"""

import os
import queue
import re
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from running import await_, binary, run
from story import answers, free_port, press_the_buttons

SECTION = "## The first five minutes"
BLOCK_SECONDS_MAX = 120
SECONDS_MAX = 60
PIPELINE = "first"


class Readme(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="towpath-readme-")))
        cls.ports = free_port(), free_port()
        cls.shell = cls.enterClassContext(Shell(cls.home))

    def test_every_command_works_as_it_stands(self):
        for block in pieces(Path("README.md").read_text()):
            failed, output = self.shell.type(self.adapted(block))
            self.assertEqual(failed, 0, f"{block}\n---\n{output}")
            self.look(block)

    def look(self, block):
        """A person goes on when what they see has come to its rest."""
        if "towpath up" in block:
            await_(lambda: answers(self.ports[0]) and (self.home / "data/server.json").exists(), SECONDS_MAX)
        if "create-pipeline" in block:
            await_(lambda: "ping" in self.shell.type("towpath deliveries list")[1], SECONDS_MAX)
        if "git push" in block:
            await_(self.succeeded, SECONDS_MAX)

    def succeeded(self):
        listed = f"aws codepipeline list-pipeline-executions --pipeline-name {PIPELINE} --output text"
        return "Succeeded" in self.shell.type(listed)[1]

    def adapted(self, block):
        forge, server = self.ports
        here = Path(binary()).parent
        return (block.replace("cargo build --release && ", "").replace("$PWD/target/release", str(here))
                .replace("127.0.0.1:7800", f"127.0.0.1:{forge}")
                .replace("towpath up --data ./data", f"towpath up --data ./data --listen 127.0.0.1:{server}"))


class Shell:
    """One bash that is typed into, with a person beside it who presses the button of the forge."""

    def __init__(self, home):
        aws = Path(os.environ["TOWPATH_AWS"]).parent
        person = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER")
                  for what, value in (("NAME", "Ada"), ("EMAIL", "ada@forge.example"))}
        environment = {"PATH": f"{aws}:{os.environ['PATH']}", "HOME": str(home), "AWS_PAGER": "", **person}
        self.bash = subprocess.Popen(["bash"], cwd=home, env=environment, text=True, stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        self.lines = queue.Queue()
        self.bash.stdin.write("trap 'failed=$((failed + 1))' ERR\n")
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # What was started with `&` ends with the shell.
        self.bash.stdin.write("kill $(jobs -p); wait; exit\n")
        self.bash.stdin.close()
        self.bash.wait(30)

    def type(self, block):
        """Types a block; gives how many of its commands failed, and what was printed."""
        self.bash.stdin.write(f"failed=0\n{block}\necho \"typed: $failed\"\n")
        self.bash.stdin.flush()
        printed = []
        while not (done := re.fullmatch(r"typed: (\d+)", printed[-1] if printed else "")):
            printed.append(self.lines.get(timeout=BLOCK_SECONDS_MAX))
        return int(done.group(1)), "\n".join(printed[:-1])

    def _listen(self):
        for line in self.bash.stdout:
            if link := re.search(r"http\S+/oauth/begin/\S+", line):
                press_the_buttons(link.group())
            self.lines.put(line.rstrip("\n"))


def pieces(text):
    """The fenced blocks of the section; one that pushes ends there, and its rest is a piece."""
    section = text.split(SECTION)[1].split("\n## ")[0]
    blocks = re.findall(r"^```\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return [piece for block in blocks for piece in re.split(r"(?<=&& cd \.\.\n)", block) if piece]


if __name__ == "__main__":
    run("readme")
