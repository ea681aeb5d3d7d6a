"""Debian's Chromium: where it is, how it is started, how long it is waited for, and how its pages' tabs are opened."""

import shutil

from playwright.sync_api import Page, expect

from hub.settings import CONSENT
from hub.ui.battle.consent import digest_consent

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
AGREED = f'document.cookie = "vernissage_consent={digest_consent(CONSENT)}; Path=/"'  # script of who agreed before
PATIENCE = 120_000  # milliseconds; a loaded machine with two cores loads models slowly


def open_tab(page: Page, name: str) -> None:
    """Open a tab of the page, or one within a tab, by the name that its address has in every language."""
    tab = page.locator(f'button[role="tab"][data-tab-id="{name}"]')
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")
