"""Who may personalise: every visitor, the admin alone, or nobody, in which case there is no tab."""

from dataclasses import dataclass

import gradio as gr

from hub.errors import HubError, RequestError
from hub.language.sentence import Sentence
from hub.settings import Settings, TabAccess
from hub.ui.admin.auth import Keeper
from hub.ui.middleware.origins import is_this_machine

ADMIN_ONLY = Sentence("Only whoever runs this arena can personalise here: log in at /admin, then reload the page.")


def choose_access(settings: Settings, lent: bool) -> TabAccess:
    """Return who may personalise: as the settings say; unless they do, everybody where this machine alone can ask.

    Where GPUs are ``lent`` for single drawings no training runs, so nobody may.

    Raises: HubError where the admin alone may, and there is none.
    """
    if lent:
        return TabAccess.off
    if settings.personalise is TabAccess.admin and settings.admin_token is None:
        raise HubError(Sentence("HUB_PERSONALISE=admin needs an admin: set HUB_ADMIN_TOKEN too."))
    if settings.personalise is not None:
        return settings.personalise
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

    def check(self, request: gr.Request) -> None:
        """Raise RequestError for whoever may not use the tab."""
        if not self.lets(request):
            raise RequestError(ADMIN_ONLY)
