"""Pictures on their way in: the page posts a file's bytes, and gets a name by which it alone can claim the picture.

Gradio's own uploads are shut (see ``hub.ui.middleware.doors``): it writes a file as it came to the disk, under a hash
of its content, and gives it to every visitor who asks by that. Here nothing is written, and nothing can be asked for.
"""

import logging
import threading
from collections.abc import Callable

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from hub.errors import HubError, ModerationError, PictureError
from hub.language.sentence import Sentence
from hub.moderation import Moderation
from hub.moving_window import MovingWindow
from hub.ui.middleware import make_refusal
from hub.ui.middleware.bodies import PICTURES
from hub.ui.studio.held_pictures import HeldPictures
from hub.ui.visitors import get_address
from hub.uploads import normalise_picture

log = logging.getLogger(__name__)
EACH, MINUTE = 30, 60.0  # pictures of one network within a minute
HELD_BACK = Sentence("The picture filter refuses this picture: give another.")
TOO_MANY = Sentence("Many pictures came from your network within a minute: wait a minute, then give it again.")


class GivenFilesDoor:
    """ASGI middleware that takes in what is posted to ``path``, and passes other requests on.

    ``take`` holds what was posted and returns its name; ``each`` may come from a network within a minute.
    """

    def __init__(self, app: ASGIApp, path: str, take: Callable[[bytes], str], each: int) -> None:
        self.app, self._path, self._take_in = app, path, take
        self._window, self._lock = MovingWindow(each, MINUTE), threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take in what is given, or say in one sentence why not."""
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http" or scope["method"] != "POST" or path != self._path:
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            name = await run_sync(self._take, get_address(request) or "", await request.body())
        except HubError as error:
            log.info("what was given was refused: %s", error.kind)  # the sentence may name a file or a prompt
            answer = make_refusal(400, error.sentence, scope)
        else:
            answer = JSONResponse({"name": name}, 200, {"Cache-Control": "no-store"})
        await answer(scope, receive, send)

    def _take(self, network: str, content: bytes) -> str:
        with self._lock:
            if self._window.wait(network) > 0:
                raise PictureError(TOO_MANY)
            self._window.count(network)
        return self._take_in(content)


class UploadDoor(GivenFilesDoor):
    """ASGI middleware that takes pictures in, one by one."""

    def __init__(self, app: ASGIApp, held: HeldPictures, moderation: Moderation) -> None:
        super().__init__(app, PICTURES, self._hold, EACH)
        self._held, self._moderation = held, moderation

    def _hold(self, content: bytes) -> str:
        png = normalise_picture(content)
        try:
            self._moderation.check_image(png)
        except ModerationError as error:
            raise PictureError(HELD_BACK) from error
        return self._held.offer(png)
