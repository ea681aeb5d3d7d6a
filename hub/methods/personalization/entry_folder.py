"""What a run made, as the folder of an entry: pipeline, ``entry.toml``, card and receipt; none of the pictures."""

import json
from pathlib import Path
from typing import Any

from hub.files import write_whole
from hub.methods.personalization.base_pipeline import PATHS, BasePipeline
from hub.methods.personalization.config import PersonalConfig

CARD = """---
license: other
---

# {subject}

One subject of the class {class_word}, learnt by `{base}` from {count} pictures, which are not in this folder. A prompt
names it by the word `{subject}`, as in "{subject} on a red ground"; other prompts are meant to be drawn as by the base.

| | |
| --- | --- |
| trained | {tuned} |
| penalty | lambda {strength:g}, {form} |
| class pictures | {prior} |
| steps | {said_steps}, {batch} pictures each |
| learning rate | {lr:g} |
| distance from the base | {distance:.4g} |
| device | {device}, {minutes:g} minutes |
| terms | {licence}, and those of the pictures that were learnt from |

Method: arXiv 2505.19519, `hub/methods/personalization`. Trained by `{command}`.
"""


def write_entry(
    base: BasePipeline, config: PersonalConfig, folder: Path, facts: dict[str, Any], distance: float
) -> Path:
    """Write the folder and return it; ``python -m hub.generators add`` takes it. Raises StorageError."""
    fields = base.write(folder, facts)
    forget_paths(folder)
    title = f"{config.subject} ({config.class_word})"[:100]
    lines = {"kind": fields.pop("kind"), "title": title, **fields}
    write_whole(
        folder / "entry.toml", "".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items()).encode()
    )
    prior = f"{config.class_pictures} at weight {config.prior:g}" if config.prior else "none"
    named = {name: getattr(config, name) for name in ("subject", "class_word", "strength", "form", "batch", "lr")}
    steps = f"{config.steps}" if facts["steps"] == config.steps else f"the first {facts['steps']} of {config.steps}"
    told = {name: facts[name] for name in ("base", "count", "tuned", "device", "minutes", "command")}
    card = CARD.format(**named, **told, prior=prior, said_steps=steps, distance=distance, licence=fields["licence"])
    write_whole(folder / "README.md", card.encode())
    write_whole(folder / "receipt.json", json.dumps({"made": facts}, indent=1).encode())
    return folder


def forget_paths(folder: Path) -> None:
    """Take out of the pipeline's JSON files where its parts were read from, which is the user's affair."""
    for path in folder.rglob("*.json"):
        told = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(told, dict) and any(key in told for key in PATHS):
            kept = {key: value for key, value in told.items() if key not in PATHS}
            write_whole(path, (json.dumps(kept, indent=2) + "\n").encode())
