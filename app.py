"""Serve the arena."""

import os
from typing import Annotated

import typer

from hub.command import make_command, rewrite_command
from hub.log import set_up_log
from hub.process_exit import exit_process
from hub.settings import EngineName, Settings
from hub.ui.page import build_app


def main(
    port: Annotated[str, typer.Option(help="Port to serve at.", envvar="GRADIO_SERVER_PORT")] = str(Settings().port),
    data: Annotated[str, typer.Option(help="Folder for votes and images (default: data).", envvar="HUB_DATA")] = "",
    engine: Annotated[EngineName, typer.Option(help="Where generators run.", envvar="HUB_ENGINE")] = EngineName.local,
) -> None:
    """Serve the arena at http://127.0.0.1:7860, or where GRADIO_SERVER_NAME says."""
    given = {"GRADIO_SERVER_PORT": port, "HUB_DATA": data, "HUB_ENGINE": engine}
    settings = Settings.from_env({**os.environ, **given})
    set_up_log(settings.log)
    build_app(settings).launch()
    exit_process()


if __name__ == "__main__":
    make_command(main, "python app.py --port 7861 --data votes-of-may")(prog_name=rewrite_command("python app.py"))
