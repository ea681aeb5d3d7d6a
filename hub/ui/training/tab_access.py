"""Who may use a tab that trains: every visitor, the admin alone, or nobody, in which case there is no tab."""

from dataclasses import dataclass
from html import escape

import gradio as gr

from hub.errors import HubError, RequestError
from hub.language.sentence import Sentence
from hub.settings import Settings, TabAccess
from hub.ui.admin.auth import Keeper
from hub.ui.middleware.origins import is_this_machine
from hub.ui.visitor_language import get_language

ADMIN_ONLY = Sentence("Only whoever runs this arena can start runs here: log in at /admin, then reload the page.")


def choose_access(settings: Settings, asked: TabAccess | None, variable: str, lent: bool) -> TabAccess:
    """Return who may use a tab: as ``asked``; where nothing is, everybody where this machine alone can come.

    Where GPUs are ``lent`` for single drawings no training runs, so nobody may. ``variable`` is that of the setting.

    Raises: HubError where the admin alone may, and there is none.
    """
    if lent:
        return TabAccess.off
    if asked is TabAccess.admin and settings.admin_token is None:
        raise HubError(Sentence("{variable}=admin needs an admin: set HUB_ADMIN_TOKEN too.", variable=variable))
    if asked is not None:
        return asked
    alone = is_this_machine(settings.host) and not settings.proxies and not settings.space
    return TabAccess.all if alone else TabAccess.off


@dataclass(frozen=True)
class TabGate:
    """Lets those in who may use the tab."""

    access: TabAccess
    keeper: Keeper | None

    def lets(self, request: gr.Request) -> bool:
        """Return whether whoever asks may use the tab."""
        if self.access is TabAccess.all:
            return True
        inside = self.keeper is not None and request.request is not None and self.keeper.inside(request.request)
        return self.access is TabAccess.admin and inside

    def render_note(self, request: gr.Request) -> str:
        """Return what whoever may not use the tab reads above it; empty for all others."""
        said = get_language(request).tell(ADMIN_ONLY)
        return "" if self.lets(request) else f'<p class="vs-trouble">{escape(said)}</p>'

    def check(self, request: gr.Request) -> None:
        """Raise RequestError for whoever may not use the tab."""
        if not self.lets(request):
            raise RequestError(ADMIN_ONLY)
