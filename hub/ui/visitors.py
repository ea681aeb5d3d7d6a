"""Who a request is from, as far as a rater's pseudonym goes. Addresses are hashed here and written nowhere."""

import gradio as gr
from fastapi import Request

from hub.raters import Rater, identify, read_cookie
from hub.ui.cookies import NAME


def address(request: Request, space: bool) -> str | None:
    """The address a request came from; behind a Space's proxy it is the last one that the proxy noted."""
    noted = ",".join(request.headers.getlist("x-forwarded-for")).split(",")[-1].strip() if space else ""
    return noted or (request.client.host if request.client else None)


class Visitors:
    """Turns requests into raters. ``space``: the app runs inside a Hugging Face Space."""

    def __init__(self, secret: str, space: bool) -> None:
        self._secret, self._space = secret, space

    def rater(self, request: gr.Request, profile: gr.OAuthProfile | None) -> Rater:
        """The rater of an event: his login, else his cookie, else his page. Raises BattleError without any."""
        http = request.request
        value = http.cookies.get(NAME) if http else None
        return identify(
            self._secret,
            cookie=read_cookie(self._secret, value) if value else None,
            page=request.session_hash,
            login=profile.username if profile and self._space else None,
            address=address(http, self._space) if http else None,
        )
