"""Headless Chromium, driven through a pair of pipes: what a page does, prints, and asks of the network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = next((found for name in _NAMES if (found := shutil.which(name))), None)
# The browser takes commands from file 3 and answers on file 4.
_START = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None or sys.platform == "win32", reason="needs Chromium; `make test-all` installs it where it may"
)


@dataclass
class Page:
    """A page that is open.

    requests   addresses that it asked for
    console    what it wrote to the console, errors and refusals of the browser among it
    """

    _write: int
    _read: Any
    _session: str = ""
    _number: int = 0
    requests: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    _seen: list[dict[str, Any]] = field(default_factory=list)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The answer to a command of the browser's protocol."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._number:
            pass
        if "error" in answer:
            raise RuntimeError(answer["error"]["message"])
        return answer["result"]  # type: ignore[no-any-return]

    def script(self, expression: str) -> Any:
        """The value of an expression in the page."""
        done = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True, userGesture=True
        )
        if "exceptionDetails" in done:
            raise RuntimeError(str(done["exceptionDetails"]))
        return done["result"].get("value")

    def open(self, path: Path) -> None:
        """Open a file and wait until it is loaded."""
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self._seen.clear()
        self.call("Page.navigate", url=path.as_uri())
        while not any(message.get("method") == "Page.loadEventFired" for message in self._seen):
            self._next()

    def _next(self) -> dict[str, Any]:
        data = bytearray()
        while (byte := self._read.read(1)) != b"\0":
            if not byte:
                raise RuntimeError("the browser has gone")
            data += byte
        message: dict[str, Any] = json.loads(data)
        self._note(message)
        return message

    def _note(self, message: dict[str, Any]) -> None:
        self._seen.append(message)
        content = message.get("params", {})
        match message.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(content["request"]["url"])
            case "Log.entryAdded":
                self.console.append(content["entry"]["text"])
            case "Runtime.consoleAPICalled" | "Runtime.exceptionThrown":
                self.console.append(json.dumps(content))


@contextmanager
def browser() -> Iterator[Page]:
    """A page of a browser that ends with this."""
    assert CHROMIUM is not None
    into_read, into_write = os.pipe()
    out_read, out_write = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [
            sys.executable, "-c", _START, str(into_read), str(out_write), CHROMIUM, "--headless", "--no-sandbox",
            "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe", f"--user-data-dir={profile}",
            "--no-first-run", "--disable-background-networking",
        ]  # fmt: skip
        process = subprocess.Popen(
            command, pass_fds=(into_read, out_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(into_read)
        os.close(out_write)
        try:
            with os.fdopen(out_read, "rb") as answers:
                page = Page(into_write, answers)
                target = page.call("Target.createTarget", url="about:blank")["targetId"]
                page._session = page.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
                yield page
        finally:
            os.close(into_write)
            process.kill()
            process.wait()
