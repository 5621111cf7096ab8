"""Programs of the operating system: installed when we are root on Debian."""

import os
import shutil
import subprocess
from pathlib import Path

from process import run
from state import IS_ROOT, Stop, lock, say

BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")


def browser():
    """Make sure that there is a browser for the tours."""
    _need(
        BROWSERS,
        packages=("chromium", "fonts-dejavu-core"),
        purpose="the browser tests",
    )


def wkhtmltopdf():
    """The PDF printer. Reports are tested as HTML, so do without if need be."""
    try:
        _need(("wkhtmltopdf",), packages=("wkhtmltopdf",), purpose="PDF reports")
    except Stop as error:
        say(f"going on without PDF reports: {error}")


def _need(programs, packages, purpose):
    if any(map(shutil.which, programs)):
        return
    with lock("apt"):
        if not any(map(shutil.which, programs)):
            apt_install(packages, purpose)


def apt_download(package, folder, purpose):
    """Fetch a Debian package without installing it; the file."""
    if not all(map(shutil.which, ("apt-get", "dpkg-deb"))):
        raise Stop(f"{purpose}: install {package}, or do this on Debian")
    # Our own folder, so that apt need not become another user.
    sandbox = "APT::Sandbox::User=root" if IS_ROOT else "APT::Sandbox::User="
    command = ["apt-get", "-qq", "-o", sandbox, "download", package]
    with lock("apt"):
        result = subprocess.run(
            command, cwd=folder, check=False, capture_output=True, text=True
        )
        if result.returncode and IS_ROOT:
            # There are no lists, or they are older than the archive.
            run("apt-get", "update", "-qq", capture_output=True)
            result = subprocess.run(
                command, cwd=folder, check=False, capture_output=True, text=True
            )
    if result.returncode:
        raise Stop(
            f"{purpose}: {package} cannot be fetched; type: sudo apt-get update\n"
            f"{result.stderr}".rstrip()
        )
    return next(Path(folder).glob("*.deb"))


def apt_install(packages, purpose):
    """Install Debian packages, or say how to."""
    command = f"apt-get install --no-install-recommends {' '.join(packages)}"
    if not (IS_ROOT and shutil.which("apt-get")):
        raise Stop(f"{purpose}: {packages[0]} is missing; type: sudo {command}")
    say(f"{purpose}: {command}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quiet = {"env": env, "capture_output": True}
    if not list(Path("/var/lib/apt/lists").glob("*_Packages*")):
        run("apt-get", "update", "-qq", **quiet)
    install = (*command.split(), "--yes", "-qq")
    if subprocess.run(install, check=False, **quiet).returncode:
        # The lists may be older than the archive.
        run("apt-get", "update", "-qq", **quiet)
        run(*install, **quiet)
