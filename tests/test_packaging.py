# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The Python package holds what the addon needs, and says what it depends on."""

import ast
import re
from pathlib import Path
from unittest import skipUnless

from odoo.modules import get_module_path
from odoo.tests import BaseCase, tagged

try:
    import tomllib
except ImportError:  # Python 3.10
    tomllib = None

ROOT = Path(__file__).parent.parent
PROJECT = ROOT / "pyproject.toml"
# In the repository, but no part of the addon.
NOT_PACKAGED = {"CHANGELOG.md", "LICENSE", "Makefile", "benchmarks", "dev", "dist"}
NOT_PACKAGED |= {"docs", "pyproject.toml", "__pycache__"}


# The installed package has no pyproject.toml.
@skipUnless(tomllib and PROJECT.is_file(), "needs the repository and Python 3.11")
@tagged("post_install", "-at_install")
class TestPackaging(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.project = tomllib.loads(PROJECT.read_text("utf-8"))
        cls.manifest = ast.literal_eval((ROOT / "__manifest__.py").read_text("utf-8"))

    def test_dependencies_are_the_manifest_s(self):
        """Whatever is not part of Odoo itself is a package of its own."""
        expected = {
            f"odoo-addon-{name}==19.0.*"
            for name in self.manifest["depends"]
            if "site-packages" in Path(get_module_path(name)).parts
        }
        declared = set(self.project["project"]["dependencies"])
        self.assertEqual(declared, expected | {"odoo==19.0.*"})

    def test_wheel_includes_every_folder_of_the_addon(self):
        wheel = self.project["tool"]["hatch"]["build"]["targets"]["wheel"]
        included = {path.lstrip("/") for path in wheel["include"]}
        present = {
            path.name
            for path in ROOT.iterdir()
            if not path.name.startswith(".") and path.name not in NOT_PACKAGED
        }
        self.assertEqual(included, present)

    def test_version_is_found(self):
        pattern = self.project["tool"]["hatch"]["version"]["pattern"]
        found = re.findall(pattern, (ROOT / "__manifest__.py").read_text("utf-8"))
        self.assertEqual(found, [self.manifest["version"]])
