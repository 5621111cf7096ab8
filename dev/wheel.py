"""`make wheel`: the addon as a Python package."""

from pathlib import Path

import python_env
from process import capture
from state import CHECKOUT


def build(folder):
    folder = Path(folder).absolute()
    python = python_env.prepare("tools", python_env.TOOLS)
    command = [python, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    print(capture(*command, cwd=CHECKOUT).strip())
