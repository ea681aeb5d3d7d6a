"""Serve the arena."""

import os
from typing import Annotated

import typer

from hub.errors import HubError
from hub.settings import Settings
from hub.ui.page import build_app


def main(
    port: Annotated[str, typer.Option(help="Port to serve at.", envvar="GRADIO_SERVER_PORT")] = str(Settings.port),
    data: Annotated[str, typer.Option(help="Folder for votes and images.", envvar="HUB_DATA")] = str(Settings.data),
) -> None:
    """Serve the arena at http://127.0.0.1:7860, or where GRADIO_SERVER_NAME says."""
    try:
        build_app(Settings.from_env({**os.environ, "GRADIO_SERVER_PORT": port, "HUB_DATA": data})).launch()
    except HubError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


if __name__ == "__main__":
    app = typer.Typer(add_completion=False)
    app.command(epilog="Example: python app.py --port 7861 --data votes-of-may")(main)
    app()
