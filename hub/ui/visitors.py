"""Who a request is from, as far as a rater's pseudonym goes. Addresses are hashed here and written nowhere."""

import time

import gradio as gr
from fastapi import Request

from hub.raters import Rater, identify
from hub.ui.cookies import find_rater_cookie


def get_address(request: Request) -> str | None:
    """Return the address of the visitor whose request this is; a trusted proxy's word was put into it before."""
    return request.client.host if request.client else None


class Visitors:
    """Turns requests into raters; ``space`` means that the app runs inside a Hugging Face Space."""

    def __init__(self, secret: str, space: bool) -> None:
        self._secret, self._space = secret, space

    def rater(self, request: gr.Request, profile: gr.OAuthProfile | None) -> Rater:
        """Return the rater of an event, known by login, else by cookie, else by page.

        Raises: BattleError without any.
        """
        return self._rater(request.request, request.session_hash, profile.username if profile else None)

    def joining(self, request: Request, page: str) -> Rater:
        """Return the rater of a request that no event was made of yet; ``page`` is the page's number.

        Raises: BattleError where there is neither a cookie nor a page.
        """
        login = request.scope.get("session", {}).get("oauth_info", {})
        lasts = login.get("expires_at") is None or login["expires_at"] >= time.time()  # as Gradio sees it
        return self._rater(request, page, login.get("userinfo", {}).get("preferred_username") if lasts else None)

    def _rater(self, http: Request | None, page: str | None, login: str | None) -> Rater:
        return identify(
            self._secret,
            cookie=find_rater_cookie(http.headers, self._secret) if http else None,
            page=page,
            login=login if self._space else None,
            address=get_address(http) if http else None,
        )
