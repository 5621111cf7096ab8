"""`make lint`: pre-commit on all files, with its caches outside of the checkout."""

import os
import shutil
from pathlib import Path

import python_env
import system
from process import environment, run_child
from state import CHECKOUT, DEV, IS_ROOT, Stop, checkout_home, home

SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def lint():
    if not (CHECKOUT / ".git").exists():
        raise Stop(f"pre-commit needs a git checkout, and {CHECKOUT} is none")
    _need_git()
    requirements = [*python_env.TOOLS]
    if not (shutil.which("node") and shutil.which("npm")):
        requirements.append(DEV / "node.txt")  # prettier runs on it
    binaries = python_env.prepare("tools", tuple(requirements)).parent
    env = environment(
        PATH=os.pathsep.join([str(binaries), os.environ.get("PATH", os.defpath)]),
        PRE_COMMIT_HOME=str(home() / "pre-commit"),
        RUFF_CACHE_DIR=str(checkout_home() / "ruff"),
        npm_config_cache=str(home() / "npm"),
        **_certificates(),
        **_safe_directory(),
    )
    command = [binaries / "pre-commit", "run", "--all-files", "--color=auto"]
    if os.environ.get("CI"):
        command.append("--show-diff-on-failure")
    return run_child(*command, env=env, cwd=CHECKOUT)


def _certificates():
    """Node brings its own authorities; behind a company's proxy they don't do."""
    if os.environ.get("NODE_EXTRA_CA_CERTS") or not SYSTEM_CERTIFICATES.exists():
        return {}
    return {"NODE_EXTRA_CA_CERTS": str(SYSTEM_CERTIFICATES)}


def _need_git():
    if not shutil.which("git"):
        system.apt_install(("git",), "pre-commit")


def _safe_directory():
    """Let git read a checkout that belongs to somebody else, as in a container."""
    if (CHECKOUT / ".git").stat().st_uid == os.geteuid() or not IS_ROOT:
        return {}
    count = int(os.environ.get("GIT_CONFIG_COUNT", "0"))
    return {
        "GIT_CONFIG_COUNT": str(count + 1),
        f"GIT_CONFIG_KEY_{count}": "safe.directory",
        f"GIT_CONFIG_VALUE_{count}": str(CHECKOUT),
    }
