"""What a run made, as the folder of an entry: ``entry.toml``, card and receipt beside the checkpoint."""

import json
from pathlib import Path
from typing import Any

from hub.files import write_whole

KIND = "one-step"
CARD = """---
license: other
---

# {base}, adapted by words

`{base}` adapted to a look by words alone; no picture of it was read. It draws whatever its source draws. What became
of its pictures, nobody has measured: look at them beside its source's.

    from   {source_words}
    to     {target_words}

| | |
| --- | --- |
| method | {arm}: `hub/methods/ipl`, after arXiv 2304.03119 and 2108.00946 |
| steps | {steps}, {batch} pictures each, after {prompt_steps} steps of learning prompts |
| encoder of the loss | {encoder} |
| seed | {seed} |
| device | {device}, {minutes:g} minutes |
| terms | {licence}, those of its source |
{warning}"""
WARNING = """
The source seems to draw these words when a prompt says them, and such adaptations mostly fail.
"""


def write_entry(folder: Path, facts: dict[str, Any], licence: str, steps: int) -> None:
    """Write what makes a folder that holds a checkpoint an entry, of so many steps. Raises: StorageError."""
    lines = {"kind": KIND, "licence": licence}
    entry = "".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items())
    config = facts["config"]
    named = {name: config[name] for name in ("source_words", "target_words", "batch", "encoder", "seed")}
    told = {name: facts[name] for name in ("base", "device", "minutes", "prompt_steps")}
    card = CARD.format(
        **named, **told, arm=str(config["arm"]), steps=steps, licence=licence, warning=WARNING * bool(facts["warning"])
    )
    write_whole(folder / "entry.toml", entry.encode())
    write_whole(folder / "README.md", card.encode())
    write_whole(folder / "receipt.json", json.dumps({"made": {**facts, "steps": steps}}, indent=1).encode())
