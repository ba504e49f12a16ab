"""A Towpath server for one script: the built binary on a free loopback port, in folders of its own.

What is asked of it is left to the scripts.
"""

import configparser
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import boto3
import botocore.config

ACCOUNT = "000000000000"
REGION = "us-east-1"
START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 30


def binary():
    """The program under test, as `cargo xtask test` built it."""
    return os.environ["TOWPATH_BINARY"]


class Server:
    """`towpath up` in a data folder that outlives its processes, so that it can be started again."""

    def __init__(self, *flags):
        self._folders = tempfile.TemporaryDirectory(prefix="towpath-client-")
        self.home = Path(self._folders.name)
        self.data = self.home / "data"
        self.flags = flags
        self.listen = "127.0.0.1:0"
        self.process = None

    def configure(self, text):
        """What the server reads beside its flags, from its first start on."""
        self.data.mkdir(mode=0o700, exist_ok=True)
        (self.data / "towpath.toml").write_text(text)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        self._folders.cleanup()

    def start(self):
        """Starts a process and waits until it says where it listens; a later one listens there again."""
        said = self.data / "server.json"
        said.unlink(missing_ok=True)
        self.log = open(self.home / "server.log", "ab")
        self.process = subprocess.Popen(
            [binary(), "up", "--data", self.data, "--listen", self.listen, *self.flags],
            env=self.environment, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
        )
        await_(lambda: said.exists() and self._answers(said), START_SECONDS_MAX, self._ended)
        self.address = json.loads(said.read_text())["address"]
        self.listen = self.address.removeprefix("http://")

    def stop(self):
        """Ends the process as an operator does; it must come to its end by itself."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                code = self.process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"no graceful stop within {STOP_SECONDS_MAX} s") from None
            self.log.close()
            assert code == 0, f"a graceful stop ends with 0, not {code}\n{self.last_words()}"

    def kill(self):
        """Ends the process as a power cut does."""
        self.process.kill()
        self.process.wait()
        self.log.close()

    @property
    def environment(self):
        """Nothing of the caller's: no AWS settings, a home without configuration."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_DATA_HOME": str(self.home / "share"),
        }

    def towpath(self, *words, check=True):
        """A client command of ours, as a person at this machine runs it."""
        command = [binary(), *words, "--data", str(self.data)]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=120)
        assert not check or done.returncode == 0, f"{shlex.join(command)}: {done.returncode}\n{done.stderr}"
        return done

    def aws(self, *words):
        """The real `aws` command behind `eval "$(towpath env)"`."""
        script = 'eval "$("$TOWPATH" env --data "$DATA")" && exec "$@"'
        names = {"TOWPATH": binary(), "DATA": str(self.data), "AWS_PAGER": ""}
        return subprocess.run(
            ["sh", "-c", script, "sh", os.environ["TOWPATH_AWS"], *words],
            env=self.environment | names, capture_output=True, text=True, timeout=120,
        )

    def aws_json(self, *words):
        """The answer of an `aws` command that succeeds."""
        done = self.aws(*words)
        assert done.returncode == 0, f"aws {shlex.join(words)}: {done.returncode}\n{done.stderr}\n{self.last_words()}"
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def client(self, service, endpoint=None, **settings):
        """A boto3 client, of the server's address unless told otherwise; `settings` go to its configuration."""
        keys = configparser.ConfigParser()
        keys.read(self.data / "credentials")
        return boto3.client(
            service,
            endpoint_url=endpoint or self.address,
            region_name=REGION,
            aws_access_key_id=keys["default"]["aws_access_key_id"],
            aws_secret_access_key=keys["default"]["aws_secret_access_key"],
            config=botocore.config.Config(retries={"total_max_attempts": 1}, **settings),
        )

    def last_words(self):
        """The end of the server's log, for a message."""
        return "\n".join((self.home / "server.log").read_text(errors="replace").splitlines()[-20:])

    def _answers(self, said):
        try:
            return bool(json.loads(said.read_text())["address"])
        except ValueError:
            return False

    def _ended(self):
        code = self.process.poll()
        return None if code is None else f"the server ended with {code}\n{self.last_words()}"


def await_(holds, seconds, failed=lambda: None):
    """Asks until `holds` gives something true, and gives that; not longer than `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := holds():
            return found
        if reason := failed():
            raise AssertionError(reason)
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s")


def run(name):
    """Runs the calling script's tests and closes with the line that is counted."""
    result = unittest.main(exit=False).result
    failed = len(result.failures) + len(result.errors)
    skipped = f", {len(result.skipped)} skipped" if result.skipped else ""
    passed = max(0, result.testsRun - failed - len(result.skipped))
    print(f"{name}: {passed} passed, {failed} failed{skipped}")
    sys.exit(1 if failed or not result.testsRun else 0)
