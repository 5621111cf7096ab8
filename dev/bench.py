"""`make bench`: benchmarks/run.py inside Odoo, on a fresh database."""

import os
import shlex

from process import run_child
from state import CHECKOUT, Stop
from workbench import workbench

SCRIPT = CHECKOUT / "benchmarks/run.py"


def bench(arguments=""):
    """Run it with `--config FILE --database NAME`; the exit code."""
    if not SCRIPT.is_file():
        raise Stop("there is no benchmarks/run.py")
    with workbench() as tools:
        database = tools.fresh("bench")
        configuration = tools.configuration(database)
        return run_child(
            tools.python,
            SCRIPT,
            f"--config={configuration}",
            f"--database={database}",
            *shlex.split(arguments),
            env={**tools.environment, "ODOO_RC": str(configuration)},
            cwd=os.path.dirname(SCRIPT),
        )
