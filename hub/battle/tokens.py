"""Battle tokens: what a page holds of a battle. Signed, expiring, and good in one browser only."""

import hmac

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from hub.errors import BattleError
from hub.raters import SIGNING

EXPIRED = "This battle has expired: draw the next one."
FORGED = "This battle's token is not one that this arena gave out: draw a new battle."
FOREIGN = "This battle was drawn in another browser session: draw one here."


class Tokens:
    """Signs battle ids for a session and reads them back for ``minutes``."""

    def __init__(self, secret: str, minutes: float) -> None:
        self.seconds = minutes * 60
        self._serializer = URLSafeTimedSerializer(secret, salt="vernissage.battle", signer_kwargs=SIGNING)

    def sign(self, battle_id: str, session: str) -> str:
        """A token for the battle that only this session can use."""
        return str(self._serializer.dumps([battle_id, session]))

    def read(self, token: str, session: str) -> str:
        """The battle id in a token.

        Raises BattleError, each with its own sentence, for a forged token, an expired one, and another session's.
        """
        try:
            read = self._serializer.loads(token, max_age=int(self.seconds))
            battle_id, owner = map(str, read)
        except SignatureExpired as error:
            raise BattleError(EXPIRED, "expired") from error
        except (BadData, UnicodeError, TypeError, ValueError) as error:  # the page can send anything
            raise BattleError(FORGED, "forged") from error
        if not hmac.compare_digest(owner.encode(), session.encode()):
            raise BattleError(FOREIGN, "foreign")
        return battle_id
