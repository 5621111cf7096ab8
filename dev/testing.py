"""`make test`: the engine alone, then everything inside Odoo."""

import os
import shlex

import python_env
import system
from process import environment, run_child
from state import ADDON, CHECKOUT, DEV, addons_path, checkout_home, say

NO_TESTS = 5  # pytest's exit code


def test(arguments="", keep=False, suffix=""):
    """Run the tests that `arguments` select, all by default; the exit code."""
    arguments = shlex.split(arguments)
    paths = [part for part in arguments if _is_path(part)]
    options = [part for part in arguments if part not in paths]
    engine = [path for path in paths if _is_engine(path)]
    odoo = [path for path in paths if not _is_engine(path)]
    codes = []
    if engine or not paths:
        codes.append(_test_engine(engine or ["tests/engine"], options))
    if odoo or not paths:
        codes.append(_test_odoo(odoo or ["tests"], options, keep, suffix))
    codes = [code for code in codes if code]
    # `-k` may select nothing in one of the two runs.
    if options and codes == [NO_TESTS]:
        return 0
    return codes[0] if codes else 0


def _is_path(part):
    return not part.startswith("-") and (CHECKOUT / part.split("::")[0]).exists()


def _is_engine(path):
    return path.removeprefix("./").startswith("tests/engine")


def _common(cache):
    options = ["-o", f"cache_dir={checkout_home() / cache}", "-p", "strict_skips"]
    return options


def _test_engine(paths, options):
    """Plain pytest without Odoo: what the engine tests need, and no more."""
    if not (CHECKOUT / "tests/engine").is_dir():
        say("there are no engine tests yet")
        return 0
    python = python_env.prepare()
    env = environment(
        PYTHONPATH=str(DEV),
        HYPOTHESIS_STORAGE_DIRECTORY=str(checkout_home() / "hypothesis"),
    )
    return run_child(
        python,
        "-m",
        "pytest",
        *_common("pytest-engine"),
        *options,
        *paths,
        env=env,
        cwd=CHECKOUT,
    )


def _test_odoo(paths, options, keep, suffix):
    """pytest-odoo on a fresh copy of the template, browser tours included."""
    from workbench import workbench

    system.browser()
    system.wkhtmltopdf()
    addon = addons_path() / ADDON
    with workbench() as bench:
        database = bench.fresh(f"test{suffix and '_' + suffix}", keep)
        env = bench.environment
        env["PYTHONPATH"] = os.pathsep.join([env["PYTHONPATH"], str(DEV)])
        return run_child(
            bench.python,
            "-m",
            "pytest",
            *_common("pytest-odoo"),
            # Tests must be reached through the link, or pytest-odoo takes the
            # folder's name for the addon's.
            f"--rootdir={addon}",
            f"--config-file={addon / 'pyproject.toml'}",
            f"--ignore={addon / 'tests/engine'}",
            f"--odoo-config={bench.configuration(database)}",
            f"--odoo-database={database}",
            "--odoo-http",
            *options,
            *(addon / path for path in paths),
            env=env,
            cwd=addon,
        )
