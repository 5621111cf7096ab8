"""Python environments: one for Odoo and the tests, one for the linters.

Each is named after its requirements and its Python, so that a changed pin makes
a new one and an old branch still finds its own. Every package is pinned with its
hash and comes as a wheel: no compiler is needed.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import system
from process import environment, run
from state import DEV, IS_ROOT, Stop, fingerprint, home, lock, say, step

VERSIONS = ((3, 11), (3, 12), (3, 13))
ODOO = (DEV / "requirements.txt", DEV / "oca.txt")
TOOLS = (DEV / "lint-requirements.txt",)


def key(requirements=ODOO):
    return fingerprint(_base_python(), *(path.read_text() for path in requirements))


def prepare(name="venv", requirements=ODOO):
    """The Python of the environment, made if it is not there."""
    folder = home() / f"{name}-{key(requirements)}"
    stamp = folder / "complete"  # a venv cannot be renamed, so no .part folder
    python = folder / "bin/python"
    with lock(name):
        if not stamp.exists() or not python.exists():
            with step(f"install the Python packages into {folder.name}"):
                _build(folder, requirements)
            stamp.touch()
    return python


def install_into(target, requirements):
    """Unpack wheels into a plain folder."""
    python = prepare()
    _install(python, requirements, ["--target", str(target)])


def _base_python():
    """A Python that Odoo and all wheels support: this one, or another on PATH."""
    if sys.version_info[:2] in VERSIONS:
        # The base of a venv: the environment must outlive the one we run in.
        base = Path(sys.base_prefix) / f"bin/python3.{sys.version_info[1]}"
        return str(base) if base.exists() else sys.executable
    for major, minor in reversed(VERSIONS):
        if found := shutil.which(f"python{major}.{minor}"):
            return found
    raise Stop(
        f"Python 3.11, 3.12 or 3.13 is needed, this is {sys.version.split()[0]}; "
        "on Debian and Ubuntu: apt install python3.13 python3.13-venv"
    )


def _build(folder, requirements):
    base = _base_python()
    failure = _make_venv(base, folder)
    if "ensurepip" in failure and IS_ROOT:  # Debian keeps it in a package of its own
        system.apt_install((f"{Path(base).name}-venv",), "a Python environment")
        failure = _make_venv(base, folder)
    if failure:
        # Debian's own message names the package to install.
        raise Stop(f"{base} -m venv failed:\n{failure}")
    _install(folder / "bin/python", requirements)


def _make_venv(base, folder):
    """What went wrong, if anything."""
    command = [base, "-m", "venv", "--clear", str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"{result.stdout}{result.stderr}" if result.returncode else ""


def _install(python, requirements, options=()):
    """Install with uv, or with pip where uv cannot be had: 4 or 26 seconds."""
    files = [f"--requirement={path}" for path in requirements]
    common = ["install", "--quiet", "--no-deps", "--require-hashes", *options, *files]
    if uv := _uv(python):
        # Behind a company's proxy only the system's certificates are right.
        env = environment(UV_SYSTEM_CERTS="1", UV_NATIVE_TLS="1")
        env.setdefault("UV_CACHE_DIR", str(home() / "uv"))
        command = [uv, "--no-config", "pip", *common, f"--python={python}"]
        if not subprocess.run(command, env=env, check=False).returncode:
            return
        say("uv failed, trying pip")
    run(python, "-m", "pip", "--disable-pip-version-check", *common)


def _uv(python):
    """The path of uv, installed beside `python` when that works."""
    uv = Path(python).parent / "uv"
    if not uv.exists():
        pip = [str(python), "-m", "pip", "install", "-q", "--require-hashes"]
        pip += ["--disable-pip-version-check", "--only-binary=:all:", "--no-deps"]
        subprocess.run(
            [*pip, "-r", str(DEV / "uv.txt")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ,
            check=False,
        )
    return uv if uv.exists() else None
