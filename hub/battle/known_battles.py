"""The battles that can still be voted on, in memory, by the tokens that their pages hold."""

import threading
from collections.abc import Iterator

from hub.battle.state import Battle
from hub.battle.tokens import Tokens
from hub.errors import BattleError
from hub.language.sentence import Sentence
from hub.raters import Rater


class KnownBattles:
    """Battles by their ids, the oldest first; those that no token is good for, and the oldest beyond ``limit``, go.

    ``lock`` is held by whoever changes what belongs to several battles.
    """

    def __init__(self, tokens: Tokens, limit: int) -> None:
        self._tokens, self._limit = tokens, limit
        self._battles: dict[str, Battle] = {}
        self.lock = threading.RLock()

    def add(self, battle: Battle, rater: Rater) -> str:
        """Take in a battle that is shown to a rater from now on, and return its token."""
        with self.lock:
            self.forget(battle.born)
            self._battles[battle.id] = battle
        return self._tokens.sign(battle.id, rater.session)

    def find(self, token: str, rater: Rater) -> Battle:
        """Return a token's battle.

        Raises: BattleError for a token that is no good, or not any more.
        """
        id = self.read(token, rater)
        with self.lock:
            if id not in self._battles:
                raise BattleError(Sentence("This battle is no longer known here: draw a new one."), "forgotten")
            return self._battles[id]

    def read(self, token: str, rater: Rater, late: bool = False) -> str:
        """Return the id in a rater's token, which may be one of before where it is ``late``; raises BattleError."""
        return self._tokens.read(token, rater.session, late)

    def get(self, id: str) -> Battle | None:
        """Return the battle of an id, None where it is not known any more."""
        with self.lock:
            return self._battles.get(id)

    def forget(self, now: float) -> None:
        """Drop the oldest battles so that one more fits within the limit, and those that no token is good for."""
        dead = now - self._tokens.seconds - 1
        while self._battles and (len(self._battles) >= self._limit or next(iter(self._battles.values())).born < dead):
            del self._battles[next(iter(self._battles))]

    def __contains__(self, id: object) -> bool:
        return id in self._battles

    def __len__(self) -> int:
        return len(self._battles)

    def __iter__(self) -> Iterator[Battle]:
        return iter(list(self._battles.values()))
