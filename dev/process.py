"""Run other programs, and leave none of them behind."""

import contextlib
import os
import signal
import subprocess
import sys

from state import Stop, home


def environment(**extra):
    """The environment for Python programs: no file of theirs in the checkout."""
    env = {**os.environ, "PYTHONPYCACHEPREFIX": str(home() / "pycache"), **extra}
    # Without cached bytecode Odoo takes twice as long to start.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    env.pop("PYTHONHOME", None)
    return env


def run(*command, missing=None, **options):
    """Run to the end; a failure stops us, with the output if it was captured."""
    command = [str(part) for part in command]
    options.setdefault("env", environment())
    try:
        return subprocess.run(command, check=True, text=True, **options)
    except FileNotFoundError:
        raise Stop(missing or f"{command[0]} is not installed") from None
    except subprocess.CalledProcessError as error:
        output = "".join(filter(None, (error.stdout, error.stderr)))
        raise Stop(
            f"failed ({error.returncode}): {' '.join(command)}\n{output}".rstrip()
        ) from None


def capture(*command, **options):
    return run(*command, capture_output=True, **options).stdout


class Child:
    """A program in a session of its own, which ends with all of its children.

    Ctrl-C in a terminal goes to every process of the foreground group; Odoo takes
    a second SIGINT for impatience. In its own session it gets just the one we send.
    """

    def __init__(self, *command, **options):
        self.process = subprocess.Popen(
            [str(part) for part in command], start_new_session=True, **options
        )

    def wait(self):
        return self.process.wait()

    def poll(self):
        return self.process.poll()

    def signal(self, number):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)

    def stop(self, patience=10):
        """Ask once, wait, then end what is left of the group."""
        with shielded():
            if self.poll() is None:
                self.signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(patience)
            self.signal(signal.SIGKILL)
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.stop()


def run_child(*command, **options):
    """Run to the end in a session of its own; the exit code."""
    with Child(*command, **options) as child:
        return child.wait()


def run_without(noise, *command, **options):
    """Run to the end, without the lines on stderr that start with `noise`."""
    with Child(*command, stderr=subprocess.PIPE, text=True, **options) as child:
        for line in child.process.stderr:
            if not line.startswith(noise):
                print(line, end="", file=sys.stderr, flush=True)
        code = child.wait()
    if code:
        raise Stop(f"failed ({code}): {' '.join(map(str, command))}")


def run_foreground(*command, **options):
    """Run with the terminal, which sends Ctrl-C to the program itself."""
    process = subprocess.Popen([str(part) for part in command], **options)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            if not os.isatty(0):
                process.send_signal(signal.SIGINT)


SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def turn_signals_into_exceptions():
    """Let SIGTERM and SIGHUP clean up as Ctrl-C does."""

    def interrupt(*_args):
        raise KeyboardInterrupt

    for number in SIGNALS:
        signal.signal(number, interrupt)


@contextlib.contextmanager
def shielded():
    """Finish cleaning up, whatever the impatience at the keyboard."""
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
