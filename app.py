"""The arena. Example: python app.py --port 7861 --data votes-of-may"""

import argparse
import os
import sys

from hub.errors import HubError
from hub.settings import Settings
from hub.ui.page import build_app

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Serve the arena.", epilog=__doc__)
    parser.add_argument("--port", help="port to serve at (GRADIO_SERVER_PORT; 7860)")
    parser.add_argument("--data", help="folder for votes and images (HUB_DATA; data)")
    flags = parser.parse_args()
    given = {"GRADIO_SERVER_PORT": flags.port, "HUB_DATA": flags.data}
    try:
        build_app(Settings.from_env({**os.environ, **{k: v for k, v in given.items() if v is not None}})).launch()
    except HubError as error:
        sys.exit(str(error))
