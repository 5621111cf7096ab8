"""`make test`: the engine alone, then everything inside Odoo."""

import os
import shlex

import python_env
import system
from process import environment, run_child
from state import ADDON, CHECKOUT, DEV, addons_path, checkout_home
from workbench import workbench

ENGINE = "tests/engine"
NO_TESTS = 5  # pytest's exit code
PLUGINS = str(DEV / "plugins")


def test(arguments="", keep=False, suffix=""):
    """Run the tests that `arguments` select, all by default; the exit code."""
    arguments = shlex.split(arguments)
    paths = [part for part in arguments if _is_path(part)]
    options = [part for part in arguments if part not in paths]
    engine = [path for path in paths if _is_engine(path)]
    odoo = [path for path in paths if not _is_engine(path)]
    codes = []
    if engine or not paths:
        codes.append(_test_engine(engine or [ENGINE], options))
    if odoo or not paths:
        codes.append(_test_odoo(odoo or ["tests"], options, keep, suffix))
    if options and not all(code == NO_TESTS for code in codes):
        # `-k` may well select nothing in one of the two runs.
        codes = [code for code in codes if code != NO_TESTS]
    return next(filter(None, codes), 0)


def _is_path(part):
    return not part.startswith("-") and (CHECKOUT / part.split("::")[0]).exists()


def _is_engine(path):
    return path.removeprefix("./").startswith(ENGINE)


def _pytest(python, *arguments, env, cwd):
    cache = checkout_home() / f"pytest-{cwd.name}"
    command = [python, "-m", "pytest", "-p", "project", "-o", f"cache_dir={cache}"]
    return run_child(*command, *arguments, env=env, cwd=cwd)


def _test_engine(paths, options):
    """Plain pytest without Odoo: see tests/engine/pytest.ini."""
    env = environment(
        PYTHONPATH=PLUGINS,
        HYPOTHESIS_STORAGE_DIRECTORY=str(checkout_home() / "hypothesis"),
    )
    return _pytest(
        python_env.prepare(),
        *options,
        *(CHECKOUT / path for path in paths),
        env=env,
        cwd=CHECKOUT / ENGINE,
    )


def _test_odoo(paths, options, keep, suffix):
    """pytest-odoo on a fresh copy of the template, browser tours included."""
    system.browser()
    system.wkhtmltopdf()
    # Tests must be reached through the link, or pytest-odoo takes the folder's
    # name for the addon's.
    addon = addons_path() / ADDON
    with workbench() as bench:
        database = bench.fresh("test", suffix, keep)
        env = bench.environment
        env["PYTHONPATH"] = os.pathsep.join([env["PYTHONPATH"], PLUGINS])
        return _pytest(
            bench.python,
            f"--rootdir={addon}",
            f"--config-file={addon / 'pyproject.toml'}",
            f"--ignore={addon / ENGINE}",
            f"--odoo-config={bench.configuration(database)}",
            f"--odoo-database={database}",
            "--odoo-http",
            *options,
            *(addon / path for path in paths),
            env=env,
            cwd=addon,
        )
