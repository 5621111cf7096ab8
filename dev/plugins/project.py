"""A pytest plugin: short paths, patience with the browser, no silent skips in CI."""

import os
import sys

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """Show paths from the addon's root: we come to it through a link."""
    params = config.invocation_params
    config.invocation_params = pytest.Config.InvocationParams(
        args=params.args, plugins=params.plugins, dir=config.rootpath
    )


def pytest_sessionstart():
    """Give Chromium a minute to start: Odoo skips a tour after ten seconds.

    Ten are not enough on a busy machine, or for the first start on a new one.
    """
    if common := sys.modules.get("odoo.tests.common"):
        common.CHECK_BROWSER_ITERATIONS = 600


def _skipped(config):
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return reporter.stats.get("skipped", []) if os.environ.get("CI") else []


def pytest_sessionfinish(session):
    """In CI a skipped test is a failure.

    Odoo skips browser tests without a word when the browser or one package is
    missing; nobody would notice.
    """
    if _skipped(session.config) and not session.exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    for report in _skipped(config):
        why = report.longrepr[-1] if report.longrepr else ""
        terminalreporter.write_line(
            f"SKIPPED, which fails in CI: {report.nodeid}: {why}"
        )
