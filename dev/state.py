"""Where everything lives, and the small things every module needs.

Nothing is written into the checkout. What a pin decides (Odoo, the Python
packages, the template database) is shared by all checkouts of one user; what
belongs to one checkout is in a folder named after the checkout's path.
"""

import ast
import contextlib
import fcntl
import hashlib
import os
import sys
import time
from pathlib import Path

ADDON = "prepaid_support"
CHECKOUT = Path(__file__).resolve().parent.parent
DEV = CHECKOUT / "dev"
IS_ROOT = os.geteuid() == 0


class Stop(Exception):
    """What is missing and how to get it, for the person at the keyboard."""


def say(text):
    print(f"== {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(text):
    """Announce a slow step, and tell afterwards how long it took."""
    say(f"{text} ...")
    start = time.monotonic()
    yield
    say(f"{text}: {time.monotonic() - start:.1f} s")


def fingerprint(*parts):
    """Ten hexadecimal digits for a list of texts."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:10]


def manifest():
    return ast.literal_eval((CHECKOUT / "__manifest__.py").read_text("utf-8"))


def home():
    """The folder of all state, made and checked on first use."""
    # Root's PostgreSQL runs as another user, who may not look into /root.
    default = (
        Path("/var/cache/prepaid-support-dev")
        if IS_ROOT
        else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        / "prepaid-support-dev"
    )
    path = Path(os.environ.get("PREPAID_SUPPORT_HOME") or default).absolute()
    path.mkdir(parents=True, exist_ok=True)
    if IS_ROOT:
        _check_open_to_all(path)
    return path


def _check_open_to_all(path):
    closed = [p for p in (path, *path.parents) if not p.stat().st_mode & 0o001]
    if closed:
        raise Stop(
            f"{closed[-1]} is closed to other users, but root's PostgreSQL runs as "
            "one of them: set PREPAID_SUPPORT_HOME to a folder that is open, "
            "for example /var/cache/prepaid-support-dev"
        )


def checkout_key():
    return fingerprint(CHECKOUT)


def checkout_home():
    """The state of this checkout: addons link, configuration, caches."""
    path = home() / "checkout" / checkout_key()
    path.mkdir(parents=True, exist_ok=True)
    (path / "path").write_text(f"{CHECKOUT}\n")  # for `make clean ALL=1` and people
    return path


def addons_path():
    """A folder that holds nothing but a link to the checkout, named as the addon.

    It lies outside the checkout: a link to a parent folder would send
    everything that walks the tree (i18n export, pytest) round in circles.
    """
    addons = checkout_home() / "addons"
    addons.mkdir(exist_ok=True)
    link = addons / ADDON
    if not link.is_symlink():
        with contextlib.suppress(FileExistsError):
            link.symlink_to(CHECKOUT)
    return addons


_held = []


def claim(name, otherwise):
    """Keep `name` for ourselves until we end; Stop if another process has it."""
    file = (checkout_home() / f"{name}.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Stop(otherwise) from None
    _held.append(file)


@contextlib.contextmanager
def lock(name):
    """Let one process at a time do the thing called `name`."""
    folder = home() / "locks"
    folder.mkdir(exist_ok=True)
    with (folder / name).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another process to finish with: {name}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
