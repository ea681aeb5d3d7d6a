"""The edge of every command: its help has an example, and an error of the hub is one sentence and exit code 1."""

import functools
from collections.abc import Callable, Mapping

import typer

from hub.errors import HubError
from hub.progress import console

Main = Callable[..., None]


def names_of(option: str) -> tuple[str, ...]:
    """The names of a comma-separated option, each once."""
    return tuple(dict.fromkeys(name.strip() for name in option.split(",") if name.strip()))


def _guarded(main: Main) -> Main:
    @functools.wraps(main)
    def guarded(*args: object, **options: object) -> None:
        try:
            main(*args, **options)
        except HubError as error:
            console.print(str(error), style="red", markup=False, soft_wrap=True)
            raise typer.Exit(1) from error

    return guarded


def command(main: Main, example: str) -> typer.Typer:
    """A command-line app of the one command ``main``; its annotated parameters are the options."""
    app = typer.Typer(add_completion=False)
    app.command(epilog=f"Example: {example}")(_guarded(main))
    return app


def commands(about: str, mains: Mapping[str, tuple[Main, str]]) -> typer.Typer:
    """An app of several commands by name, each with its example; even a single one is called by its name."""
    app = typer.Typer(add_completion=False, help=about, no_args_is_help=True)
    app.callback()(lambda: None)
    for name, (main, example) in mains.items():
        app.command(name, epilog=f"Example: {example}")(_guarded(main))
    return app
