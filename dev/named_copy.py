"""Run a linter on a copy of the addon in a folder called as the addon.

    python dev/named_copy.py PROGRAM [ARGUMENT ...]

pylint-odoo and OCA's checks take the folder's name for the module's and expect it
inside a repository; here the repository's root is the addon, in a folder of any
name. The copy holds what git tracks, without what is not part of the addon.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from state import ADDON, CHECKOUT

NOT_THE_ADDON = ("dev/", "benchmarks/", "docs/", ".")


def main(program, *arguments):
    with tempfile.TemporaryDirectory() as temporary:
        top = Path(temporary)
        (top / ".git").mkdir()  # marks the top of a repository
        for name in _tracked_files():
            target = top / ADDON / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, target)
        arguments = [part.replace("{checkout}", str(CHECKOUT)) for part in arguments]
        return subprocess.run([program, *arguments], cwd=top, check=False).returncode


def _tracked_files():
    output = subprocess.run(
        ["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, check=True
    ).stdout.decode()
    for name in output.strip("\0").split("\0"):
        if not name.startswith(NOT_THE_ADDON) and (CHECKOUT / name).is_file():
            yield name


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
