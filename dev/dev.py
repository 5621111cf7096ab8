"""The command line behind the Makefile: `python3 dev/dev.py COMMAND`."""

import argparse
import sys

import process
import serve
import testing
from state import Stop, say
from workbench import workbench


def run(options):
    import system

    system.wkhtmltopdf()
    with workbench() as bench:
        serve.serve(bench, options.keep)
    return 0


def test(options):
    return testing.test(options.args, options.keep, options.db)


def odoo(options):
    """Any Odoo command on one of this checkout's databases."""
    with workbench() as bench:
        database = bench.own_database(options.database)
        command = bench.odoo(database, *options.arguments, command=options.command)
        return process.run_child(*command, env=bench.environment)


def parser():
    root = argparse.ArgumentParser(prog="dev.py", description=__doc__)
    commands = root.add_subparsers(required=True, metavar="COMMAND")

    def command(function, help_text):
        sub = commands.add_parser(function.__name__, help=help_text)
        sub.set_defaults(function=function)
        return sub

    sub = command(run, "Odoo with demo data")
    sub.add_argument("--keep", action="store_true")
    sub = command(test, "all tests")
    sub.add_argument("--keep", action="store_true")
    sub.add_argument("--db", default="", metavar="SUFFIX")
    sub.add_argument("--args", default="", help="arguments for pytest")
    sub = command(odoo, "an Odoo command, such as: odoo test server -u all")
    sub.add_argument("database", help="demo, test, test_SUFFIX")
    sub.add_argument("command", help="server, shell, ...")
    sub.add_argument("arguments", nargs=argparse.REMAINDER)
    return root


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
