"""Print the names of the native libraries that WeasyPrint needs and this machine lacks, one a line."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import sys

LINUX = (
    "libgobject-2.0.so.0",
    "libpango-1.0.so.0",
    "libpangoft2-1.0.so.0",
    "libfontconfig.so.1",
    "libharfbuzz.so.0",
    "libharfbuzz-subset.so.0",
)
MACOS = ("gobject-2.0", "pango-1.0", "pangoft2-1.0", "fontconfig", "harfbuzz", "harfbuzz-subset")
HOMEBREW = "/opt/homebrew/lib:/usr/local/lib"  # where brew puts them; Python does not look there by itself


def loads(name: str) -> bool:
    """Whether the dynamic loader takes the library."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def main() -> None:
    """Look for each library where WeasyPrint looks."""
    if sys.platform == "darwin":
        os.environ.setdefault("DYLD_FALLBACK_LIBRARY_PATH", HOMEBREW)
        missing = [name for name in MACOS if ctypes.util.find_library(name) is None]
    else:
        missing = [name for name in LINUX if not loads(name)]
    print("\n".join(missing), end="")


if __name__ == "__main__":
    main()
