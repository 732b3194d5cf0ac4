"""What the log of runs vouches for. What lies below an output root is believed only as far as the log bears it out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reporting.batch.chain_lines import vouched_lines
from reporting.batch.folder import MANIFEST
from reporting.batch.roots import LocalRoot, Root


class AlteredRunError(OSError):
    """A finished run is not any more what the log says was written."""


@dataclass(frozen=True)
class Logged:
    """What lines that are as they were written say of one output root.

    manifests    place of a run -> SHA-256 of its manifest, as last noted
    rejections   SHA-256 of the records of rejections
    """

    manifests: Mapping[str, str]
    rejections: frozenset[str]

    @classmethod
    def read(cls, folder: Path, root: Root) -> Logged:
        """From the log in a folder, for a root that may lie elsewhere. OSError where it cannot be read."""
        url = None if isinstance(root, LocalRoot) else root.name
        lines = [line for line in vouched_lines(folder) if line.get("root") == url]
        manifests = {str(line["folder"]): str(line.get("manifest")) for line in lines if "folder" in line}
        return cls(manifests, frozenset(str(line["rejected"]) for line in lines if "rejected" in line))

    def vouches_for(self, root: Root, place: str) -> bool:
        """Whether the manifest of a run is the one that was noted."""
        return place in self.manifests and self.manifests[place] == _manifest_digest(root, place)

    def check(self, root: Root, place: str) -> None:
        """AlteredRunError where the manifest of a run is another than was noted; one that was not noted passes."""
        if place in self.manifests and not self.vouches_for(root, place):
            raise AlteredRunError(
                f"{place} below {root.name} is not what the log says was written there, so it is not taken for the "
                "result: `reporting verify` says more; moved away, it is made anew"
            )


def _manifest_digest(root: Root, place: str) -> str:
    return hashlib.sha256(root.read(f"{place}/{MANIFEST}") or b"").hexdigest()
