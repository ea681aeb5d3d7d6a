"""Entries that ``python -m hub.weights install`` put among the weights, by their ``entry.toml``.

A folder of the weights without one has its class in another file of this package.
"""

from hub.files import WEIGHTS
from hub.generators.contract import GENERATORS
from hub.generators.model_folder import ENTRY, read_model

for path in sorted(WEIGHTS.glob(f"[!.]*/{ENTRY}")):
    GENERATORS.add(read_model(path.parent, path.parent.name))  # type: ignore[arg-type]  # each kind has the rest
