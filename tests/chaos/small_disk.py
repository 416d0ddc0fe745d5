"""A disk of its own under one folder, small enough to be filled: a tmpfs."""

import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType

MIB = 1 << 20


class SmallDisk:
    """Unmounted when the context ends; whoever has files open there must be gone by then."""

    def __init__(self, mib: int) -> None:
        self._mib = mib
        self._folder: Path | None = None

    def __enter__(self) -> "SmallDisk":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._folder is not None:
            _run("umount", str(self._folder))
            self._folder = None

    def under(self, folder: Path) -> None:
        """Mount it at `folder`, with what is in there; once. RuntimeError without the right to."""
        if self._folder is not None:
            return
        before = folder.with_name(f"{folder.name}-before")
        if folder.exists():
            folder.rename(before)
        folder.mkdir(parents=True)
        _run("mount", "-t", "tmpfs", "-o", f"size={self._mib}m", "tmpfs", str(folder))
        self._folder = folder
        if before.exists():
            shutil.copytree(before, folder, dirs_exist_ok=True)
            shutil.rmtree(before)

    def fill(self, leave: int = 0) -> int:
        """Ballast until only `leave` bytes are free; how many bytes it took."""
        before = _free(self._ballast.parent)
        with self._ballast.open("ab", buffering=0) as file:
            while (room := _free(self._ballast.parent) - leave) > 0:
                try:
                    file.write(bytes(min(room, MIB)))
                except OSError:  # somebody else took the rest
                    break
        return before - _free(self._ballast.parent)

    def relieve(self) -> None:
        self._ballast.unlink()

    @property
    def free(self) -> int:
        """Bytes."""
        return _free(self._ballast.parent)

    @property
    def _ballast(self) -> Path:
        if self._folder is None:
            raise RuntimeError("not mounted yet")
        return self._folder / "ballast"


def _free(folder: Path) -> int:
    stats = os.statvfs(folder)
    return stats.f_bavail * stats.f_frsize


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        remedy = (
            "" if os.geteuid() == 0 else ": only root may mount; or call `unshare -Urm make chaos`"
        )
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}{remedy}")
