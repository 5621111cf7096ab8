"""The commands behind the Makefile; each is also `python3 dev/dev.py COMMAND`."""

import sys

if sys.version_info < (3, 11):
    sys.exit("Python 3.11 or newer is needed: apt install python3.11, for example")

import argparse
import os

import alertmanager
import bench
import cleaning
import lint
import process
import serve
import system
import testing
import translations
import wheel
from state import Stop, say
from workbench import own_database, workbench


def run(options):
    """Odoo with demo data; PORT=number KEEP=1 DB=suffix"""
    system.wkhtmltopdf()
    with workbench() as tools:
        serve.serve(tools, options.db, options.keep)


def test(options):
    """all tests; ARGS="tests/test_x.py -k foo" KEEP=1 DB=suffix"""
    return testing.test(options.args, options.keep, options.db)


def test_alertmanager(options):
    """the webhook with the real Alertmanager of Debian; KEEP=1 DB=suffix"""
    alertmanager.test(options.db, options.keep)


def run_lint(_options):
    """ruff, pylint-odoo, OCA's checks, prettier"""
    return lint.lint()


def run_bench(options):
    """the benchmarks; ARGS="..." """
    return bench.bench(options.args)


def i18n(_options):
    """export i18n/*.pot and merge it into the translations"""
    translations.export()


def build_wheel(options):
    """build the Python package; DIST=folder"""
    wheel.build(options.dist)


def shell(options):
    """Odoo's shell on the database of the last `make run`; DB=test for the tests'"""
    options.database, options.command = options.db, "shell"
    options.arguments = ["--no-http", "--log-level=warn"]
    return odoo(options)


def odoo(options):
    """any Odoo command: odoo test server -u prepaid_support --test-tags ..."""
    with workbench() as tools:
        database = own_database(options.database)
        if database not in tools.databases.names():
            raise Stop(f"there is no database {database} yet: make run or make test")
        command = tools.odoo(database, *options.arguments, command=options.command)
        return process.run_foreground(*command, env=tools.environment)


def clean(options):
    """remove this checkout's databases and files; ALL=1 what is shared, too"""
    if options.all:
        cleaning.clean_all()
    else:
        cleaning.clean_checkout()


def parser():
    root = argparse.ArgumentParser(prog="make", description=__doc__)
    commands = root.add_subparsers(required=True, metavar="COMMAND")

    def command(name, function):
        sub = commands.add_parser(name, help=function.__doc__)
        sub.set_defaults(function=function)
        return sub.add_argument

    argument = command("run", run)
    argument("--keep", action="store_true", help="update the last database")
    argument("--db", default=variable("DB"), help="suffix, for several runs at once")
    argument = command("test", test)
    argument("--keep", action="store_true", help="update the last database")
    argument("--db", default=variable("DB"), help="suffix, for several runs at once")
    argument("--args", default=variable("ARGS"), help="arguments for pytest")
    argument = command("test-alertmanager", test_alertmanager)
    argument("--keep", action="store_true", help="update the last database")
    argument("--db", default=variable("DB"), help="suffix, for several runs at once")
    command("lint", run_lint)
    argument = command("bench", run_bench)
    argument("--args", default=variable("ARGS"), help="its arguments")
    command("i18n", i18n)
    argument = command("wheel", build_wheel)
    argument("--dist", default=variable("DIST", "dist"), help="folder for the wheel")
    argument = command("shell", shell)
    argument("--db", default=variable("DB", "demo"), help="demo, test, test_SUFFIX")
    argument = command("odoo", odoo)
    argument("database", help="demo, test, test_SUFFIX")
    argument("command", help="server, shell, ...")
    argument("arguments", nargs=argparse.REMAINDER)
    argument = command("clean", clean)
    argument("--all", action="store_true", help="everything, of all checkouts")
    return root


def variable(name, default=""):
    """A variable of make: make hands them on in the environment, quotes and all."""
    return os.environ.get(name) or default


def main():
    options = parser().parse_args()
    process.turn_signals_into_exceptions()
    try:
        return options.function(options)
    except Stop as stop:
        say(f"ERROR: {stop}")
        return 1
    except KeyboardInterrupt:
        say("stopped")
        return 130


if __name__ == "__main__":
    sys.exit(main())
