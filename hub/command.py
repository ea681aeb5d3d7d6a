"""The edge of every command: its help has an example, and an error of the hub is one sentence and exit code 1."""

import functools
from collections.abc import Callable

import typer

from hub.errors import HubError
from hub.progress import console


def command(main: Callable[..., None], example: str) -> typer.Typer:
    """A command-line app of the one command ``main``; its annotated parameters are the options."""

    @functools.wraps(main)
    def guarded(*args: object, **options: object) -> None:
        try:
            main(*args, **options)
        except HubError as error:
            console.print(str(error), style="red", markup=False, soft_wrap=True)
            raise typer.Exit(1) from error

    app = typer.Typer(add_completion=False)
    app.command(epilog=f"Example: {example}")(guarded)
    return app
