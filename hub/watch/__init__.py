"""What an operator can see of an arena: counts, seconds, queues, memory, publishing. Never a prompt, never a secret.

An engine and the battles are watched by wrapping them; everything else is read when somebody looks.
"""

from hub.watch.figures import Watch
from hub.watch.readings import Readings
from hub.watch.snapshot import Snapshot, take_snapshot
from hub.watch.timeline import TimelineSampler
from hub.watch.watched_battles import WatchedBattles
from hub.watch.watched_engine import WatchedEngine

__all__ = ["Readings", "Snapshot", "TimelineSampler", "Watch", "WatchedBattles", "WatchedEngine", "take_snapshot"]
