"""What an operator can see of an arena: counts, seconds, queues, memory, publishing. Never a prompt, never a secret.

An engine and the battles are watched by wrapping them; everything else is read when somebody looks.
"""

from hub.watch.battles import WatchedBattles
from hub.watch.engine import WatchedEngine
from hub.watch.metrics import Watch
from hub.watch.snapshot import Snapshot, snapshot
from hub.watch.sources import Sources
from hub.watch.timeline import Sampler

__all__ = ["Sampler", "Snapshot", "Sources", "Watch", "WatchedBattles", "WatchedEngine", "snapshot"]
