"""The end of a process whose threads may still run a model's code."""

import atexit
import logging
import os
import sys
from typing import NoReturn


def exit_process() -> NoReturn:
    """End this process with success, once everything that it had to store is stored.

    A thread that loads a model can't be stopped. An ending Python would stop it wherever it next asks for Python's
    lock, inside C++ code that must not be left so and therefore aborts; so Python does not end, the process does.
    """
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    logging.shutdown()
    os._exit(0)
