"""Battle tokens: what a page holds of a battle. Signed, expiring, and good in one browser only."""

import hmac
import time

from itsdangerous import BadData, URLSafeSerializer

from hub.errors import BattleError
from hub.language.sentence import Sentence
from hub.raters import SIGNING

EXPIRED = Sentence("This battle has expired: draw the next one.")
FORGED = Sentence("This battle's token is not one that this arena gave out: draw a new battle.")
FOREIGN = Sentence("This battle was drawn in another browser session: draw one here.")


class Tokens:
    """Signs battle ids for a session and reads them back for ``minutes``.

    Their age is counted by the monotonic clock from the start of these tokens, as battles live in one process: a wall
    clock that is put back or forward expires none.
    """

    def __init__(self, secret: str, minutes: float) -> None:
        self.seconds = minutes * 60
        self._start = time.monotonic()
        self._serializer = URLSafeSerializer(secret, salt="vernissage.battle", signer_kwargs=SIGNING)

    def sign(self, battle_id: str, session: str) -> str:
        """A token for the battle that only this session can use."""
        return str(self._serializer.dumps([battle_id, session, self._age()]))

    def read(self, token: str, session: str, late: bool = False) -> str:
        """The battle id in a token.

        Raises BattleError, each with its own sentence, for a forged token, an expired one unless it may be ``late``,
        and another session's.
        """
        try:
            battle_id, owner, signed = self._serializer.loads(token)
            battle_id, owner, age = str(battle_id), str(owner), self._age() - int(signed)
        except (BadData, UnicodeError, TypeError, ValueError) as error:  # the page can send anything
            raise BattleError(FORGED, "forged") from error
        if age > self.seconds and not late:
            raise BattleError(EXPIRED, "expired")
        if not hmac.compare_digest(owner.encode(), session.encode()):
            raise BattleError(FOREIGN, "foreign")
        return battle_id

    def _age(self) -> int:
        """Whole seconds since the start, which is all that a token tells of this server's clocks."""
        return int(time.monotonic() - self._start)
