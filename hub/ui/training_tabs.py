"""The tabs that train, and who may use each of them."""

import gradio as gr

from hub.jobs import Jobs
from hub.language.sentence import Sentence
from hub.settings import Settings, TabAccess
from hub.ui.adapt.adapt_tab import AdaptTab
from hub.ui.admin.auth import Keeper
from hub.ui.personalise.personalise_tab import PersonaliseTab
from hub.ui.studio.studio_drawing import StudioParts
from hub.ui.training.tab_access import TabGate, choose_access
from hub.ui.translated_page import TranslatedBlocks


class TrainingTabs:
    """The tabs of an arena; where GPUs are ``lent`` for single drawings there are none, as no training runs."""

    def __init__(self, settings: Settings, jobs: Jobs, keeper: Keeper | None, lent: bool) -> None:
        """Raise HubError where the admin alone may use one, and there is none."""
        self._jobs = jobs
        self._adapt = TabGate(choose_access(settings, settings.adapt, "HUB_ADAPT", lent), keeper)
        self._personalise = TabGate(choose_access(settings, settings.personalise, "HUB_PERSONALISE", lent), keeper)

    def build(self, parts: StudioParts, page: TranslatedBlocks) -> None:
        """Add those that somebody may use to the tabs that are open."""
        if self._adapt.access is not TabAccess.off:
            with page.build(gr.Tab, {"label": Sentence("Adapt")}, id="adapt") as adapt:
                AdaptTab(parts, self._jobs, self._adapt, page).follow(adapt)
        if self._personalise.access is not TabAccess.off:
            with page.build(gr.Tab, {"label": Sentence("Personalise")}, id="personalise") as personalise:
                PersonaliseTab(parts, self._jobs, self._personalise, page).follow(personalise)
