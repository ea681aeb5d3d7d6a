"""The edge of every command: help has an example, an error of the hub is one sentence, exit codes mean one thing.

0: all was done. 1 (``PART``): part of it could not be done, or what was looked at is not as it should be; what, is
said. 2 (``NOTHING``): nothing was done, as an option is wrong, or what was named can't be used.
"""

import dataclasses
import errno
import functools
import inspect
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, get_type_hints

import typer

from hub.errors import DataError, HubError, Stopped
from hub.progress import console

Main = Callable[..., None]
PART, NOTHING = 1, 2  # exit codes


def split_names(option: str) -> tuple[str, ...]:
    """Return the names of a comma-separated option, each once."""
    return tuple(dict.fromkeys(name.strip() for name in option.split(",") if name.strip()))


def check_one_form(**asked: bool) -> None:
    """Check that at most one form of output is asked for, each by the name of its option.

    Raises: DataError.
    """
    both = [name for name, wanted in asked.items() if wanted]
    if len(both) > 1:
        names = f"{', '.join(f'--{name}' for name in both[:-1])} and --{both[-1]}"
        raise DataError(f"Only one form can be printed: choose one of {names}.")


def print_error(sentence: str) -> None:
    """Print an error sentence on standard error."""
    console.print(sentence, style="red", markup=False, highlight=False, soft_wrap=True)


def _exit_with_code(main: Main) -> Main:
    @functools.wraps(main)
    def guarded(*args: object, **options: object) -> None:
        try:
            main(*args, **options)
        except HubError as error:
            print_error(str(error))
            raise typer.Exit(PART if isinstance(error, Stopped) else NOTHING) from error
        except OSError as error:
            if error.errno == errno.EPIPE:  # whoever read the output has enough
                raise
            where = f"{error.filename}: " if error.filename else ""
            print_error(f"{where}{error.strerror or error}; mend that and run it again.")
            raise typer.Exit(NOTHING) from error

    return guarded


def add_flags(config: type, leave: tuple[str, ...] = ()) -> Callable[[Main], Main]:
    """Return a decorator that gives a command an option for each documented field of the dataclass ``config``.

    A field is documented by ``help`` in its metadata; those in ``leave`` get no option. The command takes them as
    ``**flags``. ``flag`` in the metadata names the option; a tuple's may be given again.
    """
    hints = get_type_hints(config)

    def option(one: dataclasses.Field[object]) -> inspect.Parameter:
        names = [one.metadata["flag"]] if one.metadata.get("flag") else []
        several = isinstance(one.default, tuple)
        kind: Any = list[str] if several else hints[one.name]
        said = Annotated[kind, typer.Option(*names, help=one.metadata["help"])]
        default = list(one.default) if isinstance(one.default, tuple) else one.default
        return inspect.Parameter(one.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=said)

    def decorate(main: Main) -> Main:
        signature = inspect.signature(main)
        own = [p for p in signature.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
        chosen = [one for one in dataclasses.fields(config) if "help" in one.metadata and one.name not in leave]
        options = [option(one) for one in chosen]
        main.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
        return main

    return decorate


def list_flags(config: Any, plain: Any, leave: Sequence[str] = ("minutes",)) -> list[str]:
    """Return the command-line flags by which a config differs from the ``plain`` one, those in ``leave`` left out."""
    said: list[str] = []
    for one in dataclasses.fields(config):
        value = getattr(config, one.name)
        if "help" not in one.metadata or one.name in leave or value == getattr(plain, one.name):
            continue
        flag = one.metadata["flag"] or f"--{one.name.replace('_', '-')}"
        if isinstance(value, bool):
            said.append(flag)
        else:
            said += [f"{flag} {part}" for part in (value if isinstance(value, tuple) else (value,))]
    return said


def rewrite_command(text: str) -> str:
    """Return a command line as the user calls it: with ``vernissage`` instead of ``python`` where that was used."""
    called = sys.argv[0]
    return re.sub(r"^python (-m [\w.]+|app\.py)", called, text) if called.startswith("vernissage ") else text


def make_command(main: Main, example: str) -> typer.Typer:
    """Return a Typer app of the one command ``main``, whose annotated parameters are its options."""
    app = typer.Typer(add_completion=False)
    app.command(epilog=f"Example: {rewrite_command(example)}")(_exit_with_code(main))
    return app


def make_commands(
    about: str, mains: Mapping[str, tuple[Main, str]], bare: tuple[Main, str] | None = None
) -> typer.Typer:
    """Return a Typer app of several named commands, each with an example; even a single one is called by its name.

    ``bare`` is what is done where none is named; it is called beforehand otherwise too, and asks the context for that.
    """
    app = typer.Typer(add_completion=False, help=about, no_args_is_help=bare is None)
    if bare:
        app.callback(
            invoke_without_command=True, epilog=f"Example: {rewrite_command(bare[1])}", help=inspect.getdoc(bare[0])
        )(_exit_with_code(bare[0]))
    else:
        app.callback()(lambda: None)
    for name, (main, example) in mains.items():
        app.command(name, epilog=f"Example: {rewrite_command(example)}")(_exit_with_code(main))
    return app
