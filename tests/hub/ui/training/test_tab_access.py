"""Who may use a tab that trains: by its setting, else by the address that the arena listens at."""

from types import SimpleNamespace
from typing import Any

import pytest
from starlette.datastructures import Headers

from hub.errors import HubError
from hub.settings import Settings, TabAccess
from hub.ui.admin.auth import COOKIE, Keeper
from hub.ui.training.tab_access import TabGate, choose_access

ANYWHERE = "0.0.0.0"  # noqa: S104 - what a public arena listens at


def choose(settings: Settings, lent: bool = False) -> TabAccess:
    """Who may adapt."""
    return choose_access(settings, settings.adapt, "HUB_ADAPT", lent)


def test_everybody_may_on_this_machine_and_nobody_on_a_public_arena_unless_asked_for() -> None:
    for settings, access in (
        ({}, TabAccess.all),
        ({"host": ANYWHERE}, TabAccess.off),
        ({"space": "a/b"}, TabAccess.off),
        ({"trusted_proxies": "127.0.0.1"}, TabAccess.off),
        ({"host": ANYWHERE, "adapt": TabAccess.all}, TabAccess.all),
        ({"adapt": TabAccess.off, "personalise": TabAccess.all}, TabAccess.off),
    ):
        assert choose(Settings.model_validate(settings)) is access, settings
    assert choose(Settings(adapt=TabAccess.all), lent=True) is TabAccess.off
    with pytest.raises(HubError, match="HUB_ADAPT=admin needs an admin: set HUB_ADMIN_TOKEN"):
        choose(Settings(adapt=TabAccess.admin))


def test_where_the_admin_alone_may_others_are_told_so() -> None:
    keeper = Keeper("a token of the admin", "a secret", "/")
    gate = TabGate(TabAccess.admin, keeper)
    cookie = keeper.bake(False)
    assert "Path=/;" in f"{cookie};"

    def asked(header: str) -> Any:
        http = SimpleNamespace(headers=Headers({"cookie": header}))
        return SimpleNamespace(session_hash="page", request=http)

    gate.check(asked(cookie.partition(";")[0]))
    assert gate.render_note(asked(cookie.partition(";")[0])) == ""
    assert "log in at /admin" in gate.render_note(asked(""))
    with pytest.raises(HubError, match="Only whoever runs this arena"):
        gate.check(asked(f"{COOKIE}=forged"))
