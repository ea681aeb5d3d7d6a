"""The arena. Importing any part of it settles first how torch's threads wait, which they read once, as torch loads."""

import os

# By default a thread that waits for others spins, and starves them where cores are few or shared: one drawing of
# `diffusion` beside other work on two cores took many times as long. Waiting asleep changes no arithmetic.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
