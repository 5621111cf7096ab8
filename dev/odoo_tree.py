"""Odoo's source: a checkout of the user's own, or Debian's package, unpacked.

The packages are pinned in odoo.lock and unpacked into a folder of our own;
nothing is installed into the system.
"""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from process import capture, run
from state import DEV, Stop, fingerprint, home, lock, say, step

LOCK = DEV / "odoo.lock"
LANGUAGES = ("nl", "fr", "de")
# Debian leaves this file out for lack of its source, but a bundle names it; the
# missing file fails every browser test. It blurs the background of video calls.
MISSING = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
UNPACK_VERSION = 1  # raise when unpacking itself changes
ADVICE = """Ways out:
  - set ODOO_SRC to a checkout of Odoo 19.0 (with its folders odoo/ and addons/)
  - set PREPAID_SUPPORT_ANY_ODOO=1 to take the version that Debian has now
  - update dev/odoo.lock"""


class Package(NamedTuple):
    name: str
    version: str
    suite: str
    sha256: str


class OdooTree(NamedTuple):
    """What Python needs on its path, and what names the version in keys."""

    pythonpath: Path
    addons: tuple
    key: str


def prepare():
    """The source tree to use, made if it is not there."""
    if source := os.environ.get("ODOO_SRC"):
        return _own_checkout(Path(source).expanduser().absolute())
    key = fingerprint(LOCK.read_text(), LANGUAGES, UNPACK_VERSION, _any_version())
    prefix = home() / f"odoo-{key}"
    with lock("odoo"):
        if not prefix.exists():
            _build(prefix)
    packages = prefix / "usr/lib/python3/dist-packages"
    return OdooTree(packages, (packages / "odoo/addons",), key)


def _own_checkout(source):
    release = source / "odoo/release.py"
    if not release.is_file():
        raise Stop(f"ODOO_SRC={source}: there is no {release}")
    text = release.read_text()
    if not re.search(r"version_info\s*=\s*\(19,\s*0", text):
        raise Stop(f"ODOO_SRC={source} is not Odoo 19.0")
    addons = [source / "addons", source / "odoo/addons"]
    head = subprocess.run(
        ["git", "-C", str(source), "rev-parse", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    key = fingerprint(source, head, text)
    return OdooTree(source, tuple(path for path in addons if path.is_dir()), key)


def _any_version():
    return bool(os.environ.get("PREPAID_SUPPORT_ANY_ODOO"))


def _build(prefix):
    packages = [
        Package(*line.split())
        for line in LOCK.read_text().splitlines()
        if line and not line.startswith("#")
    ]
    debs = _fetch(packages)
    part = prefix.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    with step("unpack Odoo"):
        for deb in debs:
            _unpack(deb, part)
        _add_missing_file(part)
    part.rename(prefix)


def _unpack(deb, target):
    """Unpack all but what only takes room: 350 MB instead of 1.3 GB."""
    tar = ["tar", "-x", "--no-same-owner", "-C", target, "--anchored"]
    odoo = "./usr/lib/python3/dist-packages/odoo/addons"
    for pattern in ("./usr/lib/python3/dist-packages/addons", "./usr/share/doc"):
        tar.append(f"--exclude={pattern}")
    # A wildcard cannot say "all languages but ours": name the first letters.
    for pattern in _other_languages():
        tar.append(f"--exclude={odoo}/*/i18n/{pattern}.po")
    with subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE
    ) as archive:
        run(*tar, stdin=archive.stdout)
    if archive.returncode:
        raise Stop(f"{deb} cannot be unpacked")


def _other_languages():
    """Wildcards for the names of all languages but ours and their variants."""
    first = "".join(language[0] for language in LANGUAGES)
    return [f"[!{first}]*"] + [
        f"{language[0]}[!{language[1]}]*" for language in LANGUAGES
    ]


def _add_missing_file(prefix):
    stub = prefix / "usr/lib/python3/dist-packages/odoo/addons" / MISSING
    if not stub.exists():
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.write_text("// left out by the packager\n")


def _fetch(packages):
    """The .deb files: from our cache if the checksum fits, else from the archive."""
    folder = home() / "apt/debs"
    folder.mkdir(parents=True, exist_ok=True)
    cached = {_sha256(path): path for path in folder.glob("*.deb")}
    debs = [cached.get(package.sha256) for package in packages]
    if all(debs):
        return debs
    for program in ("apt-get", "dpkg-deb", "tar"):
        if not shutil.which(program):
            raise Stop(f"Odoo comes from Debian, but {program} is missing.\n{ADVICE}")
    apt = _Apt(home() / "apt", {package.suite for package in packages})
    with step("fetch Odoo from the Debian archive (140 MB)"):
        apt.update()
        return [
            deb or apt.download(package, folder)
            for package, deb in zip(packages, debs, strict=True)
        ]


def _sha256(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Apt:
    """apt with sources, lists and cache of its own; it needs no root."""

    def __init__(self, folder, suites):
        self.folder = folder
        for name in ("lists/partial", "cache/archives/partial"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        keyring = self._keyring()
        (folder / "sources.list").write_text(
            "".join(
                f"deb [signed-by={keyring}] {self._mirror()} {suite} main\n"
                for suite in sorted(suites)
            )
        )
        self.options = [
            f"-o={name}={value}"
            for name, value in {
                "Dir::Etc::sourcelist": folder / "sources.list",
                "Dir::Etc::sourceparts": "/dev/null",
                "Dir::Etc::preferences": "/dev/null",
                "Dir::Etc::preferencesparts": "/dev/null",
                "Dir::State": folder,
                "Dir::State::lists": folder / "lists",
                "Dir::State::status": "/dev/null",
                "Dir::Cache": folder / "cache",
                # Nobody else can write into our folder.
                "APT::Sandbox::User": "root" if os.geteuid() == 0 else _user(),
                "Acquire::Languages": "none",
                "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
                "Acquire::Retries": "3",
            }.items()
        ]

    @staticmethod
    def _mirror():
        """The system's own mirror, so that no host is written down here."""
        lines = capture(
            "apt-get",
            "indextargets",
            "--format",
            "$(REPO_URI) $(ORIGIN) $(SUITE)",
            "Created-By: Packages",
        ).splitlines()
        uris = [line.split()[0] for line in lines]
        for uri in uris:
            if uri.rstrip("/").endswith("/debian"):
                return uri
        raise Stop(f"this system's apt knows no Debian mirror.\n{ADVICE}")

    @staticmethod
    def _keyring():
        for name in ("debian-archive-keyring.gpg", "debian-archive-keyring.pgp"):
            path = Path("/usr/share/keyrings") / name
            if path.is_file():
                return path
        raise Stop(f"Debian's archive keys are missing.\n{ADVICE}")

    def update(self):
        capture("apt-get", *self.options, "-qq", "update")

    def download(self, package, folder):
        """Fetch one package; only the checksum decides whether it is the right one."""
        with tempfile.TemporaryDirectory(dir=folder) as temporary:
            with contextlib.suppress(Stop):
                capture(
                    "apt-get",
                    *self.options,
                    "-qq",
                    "download",
                    f"{package.name}={package.version}",
                    cwd=temporary,
                )
            found = list(Path(temporary).glob("*.deb"))
            if not found:
                found = self._present_version(package, temporary)
            elif _sha256(found[0]) != package.sha256:
                raise Stop(f"{package.name}: the checksum differs from odoo.lock")
            target = folder / found[0].name
            found[0].replace(target)
            return target

    def _present_version(self, package, temporary):
        """The archive keeps only one version of a suite; ours may be gone."""
        gone = f"Debian no longer has {package.name} {package.version}"
        if os.environ.get("CI") and not _any_version():
            raise Stop(f"{gone}.\n{ADVICE}")
        capture(
            "apt-get",
            *self.options,
            "-qq",
            "download",
            f"{package.name}/{package.suite}",
            cwd=temporary,
        )
        found = list(Path(temporary).glob("*.deb"))
        version = found[0].name.split("_")[1] if found else "nothing"
        if package.name.startswith("odoo") and not version.startswith("19.0"):
            raise Stop(f"{gone}, but {version}.\n{ADVICE}")
        say(f"WARNING: {gone}; going on with {version}, which nobody has tested")
        return found


def _user():
    import pwd

    return pwd.getpwuid(os.geteuid()).pw_name
