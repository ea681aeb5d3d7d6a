"""Raters: pseudonyms that can be kept and published, made with a secret that can't.

A cookie, a login or a network address never leaves this module in the clear: what others get is its HMAC.
"""

import hashlib
import hmac
import ipaddress
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from itsdangerous import BadData, URLSafeSerializer

from hub.errors import BattleError, StorageError
from hub.language.sentence import Sentence
from hub.settings import Settings

SIGNING = {"key_derivation": "hmac", "digest_method": hashlib.sha256}  # for every signature of the hub
SHORTEST = 16  # characters of a secret; as in Settings


class KnownBy(StrEnum):
    """The ways to recognise a rater."""

    login = "login"
    cookie = "cookie"
    page = "page"  # no cookie came back: any number of them are one person's for the asking


@dataclass(frozen=True)
class Rater:
    """A person who votes; ``id`` and ``network`` are stored, ``session`` binds battles to one browser."""

    id: str
    session: str
    network: str = ""  # of the address; empty: unknown
    known_by: KnownBy = KnownBy.cookie


def load_secret(settings: Settings) -> str:
    """Return the hub's secret: HUB_SECRET, else the data folder's file ``secret``, made at the first call.

    However many processes start at once, all get the same one: the file appears whole, and only once.

    Raises: StorageError when the secret can't be made or read, or is too short for one.
    """
    if settings.secret is not None:
        return settings.secret.get_secret_value()
    path = settings.data / "secret"
    try:
        if not path.exists():
            settings.data.mkdir(parents=True, exist_ok=True)
            _write_secret(path)
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        secret = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise StorageError(f"The secret file {path} can't be used: {reason}. Mend that, or set HUB_SECRET.") from error
    if len(secret) < SHORTEST:
        raise StorageError(f"The secret file {path} is damaged: delete it and start again, or set HUB_SECRET.")
    return secret


def _write_secret(path: Path) -> None:
    """Write a new secret under a name of its own, then link it into place unless another process was first."""
    part = path.with_name(f".secret-{secrets.token_hex(8)}")
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(fd, "w") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(part, path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        part.unlink()


def identify(secret: str, *, cookie: str | None, page: str | None, login: str | None, address: str | None) -> Rater:
    """Return the rater behind a request, known by login, else by cookie, else by page.

    ``cookie`` is what :func:`read_cookie` returned. ``address`` is the network address as text; of an IPv6 address the
    first 64 bits count, because one subscriber has all the others. All pages of a network whose cookie did not come
    back are one rater, because a client can have as many pages as it likes.

    Raises: BattleError where there is neither a cookie nor a page.
    """
    if not cookie and not page:
        raise BattleError(
            Sentence("This browser sends neither a cookie nor a page's number: allow cookies and reload the page."),
            "cookies",
        )
    browser = f"cookie:{cookie}" if cookie else f"page:{page}"
    if login:
        known_by, who = KnownBy.login, f"hf:{login}"
    elif cookie:
        known_by, who = KnownBy.cookie, browser
    else:
        known_by, who = KnownBy.page, f"pages:{_find_network(address)}" if address else browser
    return Rater(
        id=_make_pseudonym(secret, who),
        session=_make_pseudonym(secret, f"session:{browser}"),
        network=_make_pseudonym(secret, f"address:{_find_network(address)}") if address else "",
        known_by=known_by,
    )


def _make_pseudonym(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:16]


def _find_network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((int(parsed), 64), strict=False))


def make_cookie(secret: str) -> str:
    """Return a cookie for a browser that has none: a signed random value, which tells nothing about its rater."""
    return str(_make_signer(secret).dumps(secrets.token_urlsafe(16)))


def read_cookie(secret: str, value: str) -> str | None:
    """Return the random value in a cookie signed by this hub; None for any other."""
    try:
        read = _make_signer(secret).loads(value)
    except (BadData, UnicodeError):
        return None
    return read if isinstance(read, str) else None


def _make_signer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="vernissage.cookie", signer_kwargs=SIGNING)
