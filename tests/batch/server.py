"""A process that has imported everything and forks a child for each batch: hundreds of killed batches in a minute.

Forking is honest here: what is tried is what lies on disk after a death, and a forked child dies no other way. The
server reads one JSON line for each trial and answers with one.
"""

from __future__ import annotations

import codecs
import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_SECONDS = 240  # for one batch


class Server:
    """Runs batches in forked children, each possibly cut short."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.batch.server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )

    def run(self, batch: Path, **how: Any) -> Mapping[str, Any]:
        """Run a batch file; see `_trial` for how. Returns code (negative: the signal that ended it), err, seconds."""
        return self.together({"batch": str(batch), **how})[0]

    def together(self, *trials: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Several at once."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(trials).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the server of trials has ended")
        return json.loads(answer)  # type: ignore[no-any-return]

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


# --- In the server ---------------------------------------------------------------------------------------------------


def main() -> None:
    """Answer until standard input ends."""
    import reporting.batch.run  # noqa: F401 - and with it all that a batch needs
    from reporting.batch.program import program_digest
    from reporting.intake.catalogue import all_rules

    program_digest()
    all_rules()
    codecs.lookup("utf-8-sig")  # read from disk at its first use, which another user may not be able to
    for line in sys.stdin:
        print(json.dumps([_ended(child) for child in [_begun(trial) for trial in json.loads(line)]]), flush=True)


def _begun(trial: Mapping[str, Any]) -> tuple[int, int, float, Mapping[str, Any]]:
    read, write = os.pipe()
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        _child(trial, write)
    os.close(write)
    return pid, read, began, trial


def _ended(child: tuple[int, int, float, Mapping[str, Any]]) -> Mapping[str, Any]:
    pid, read, began, trial = child
    last = began + trial.get("kill_after", _SECONDS)
    status = None
    while status is None:
        done, found = os.waitpid(pid, os.WNOHANG)
        if done:
            status = found
        elif time.monotonic() >= last:
            os.killpg(pid, signal.SIGKILL)
            status = os.waitpid(pid, 0)[1]
        else:
            time.sleep(0.002)
    with os.fdopen(read, "rb") as file:
        err = file.read().decode(errors="replace")
    return {"code": os.waitstatus_to_exitcode(status), "err": err, "seconds": time.monotonic() - began}


def _child(trial: Mapping[str, Any], write: int) -> None:
    """What a trial may say: batch, arguments, kill_after (seconds), user, and fail: the Nth call of a kind.

    call       write, rename or fsync
    for_good   whether all later calls fail too
    """
    os.setpgid(0, 0)
    os.dup2(write, 2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    code = 99
    try:
        from reporting.cli import main as command

        if "fail" in trial:
            _let_fail(trial["call"], trial["fail"], trial.get("for_good", False))
        if "user" in trial:
            os.setgroups([])
            os.setgid(trial["user"])
            os.setuid(trial["user"])
        code = command(["batch", trial["batch"], *trial.get("arguments", ["--quiet"])])
        sys.stderr.flush()
    finally:
        os._exit(code)


def _let_fail(call: str, at: int, for_good: bool) -> None:
    """Let the Nth call to the system below a `batch` fail (and all later ones) with a full disk."""
    left = at

    def failing(real: Callable[..., Any], refused: Callable[..., bool] = lambda *_, **__: True) -> Callable[..., Any]:
        def call_(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            if refused(*arguments, **options):
                left -= 1
                if left == 0 or (left < 0 and for_good):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*arguments, **options)

        return call_

    if call == "fsync":
        os.fsync = failing(os.fsync)
    elif call == "rename":
        Path.rename = failing(Path.rename)  # type: ignore[method-assign]
        Path.replace = failing(Path.replace)  # type: ignore[method-assign]
    else:
        from reporting.batch import chain, folder
        from reporting.batch.roots import LocalRoot

        folder._write = failing(folder._write)
        chain._write_all = failing(chain._write_all)
        Path.mkdir = failing(Path.mkdir)  # type: ignore[method-assign]
        LocalRoot.put = failing(LocalRoot.put)  # type: ignore[method-assign]
        LocalRoot.put_new = failing(LocalRoot.put_new)  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
