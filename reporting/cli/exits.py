"""Exit codes, which are a contract, and how an exception becomes one."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What the exit code of every command means."""

    OK = 0
    SOME_FAILED = 1
    REJECTED = 2
    USAGE = 3
    ENVIRONMENT = 4
    INTERNAL = 5
    READER_GONE = 141  # as of a program that the closed pipe itself ends: 128 + SIGPIPE


class UsageFault(Exception):
    """A wrong argument or configuration: exit code 3, the message is printed as it is."""


def exit_code(error: BaseException) -> Exit:
    """The exit code of an exception that ended a command."""
    from reporting.problems import ConfigurationFault, InputRejected

    if isinstance(error, InputRejected):
        return Exit.REJECTED
    if isinstance(error, UsageFault | ConfigurationFault | FileNotFoundError):
        return Exit.USAGE
    if isinstance(error, OSError | MemoryError):
        return Exit.ENVIRONMENT
    return Exit.INTERNAL
