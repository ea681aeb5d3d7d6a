"""What the components of a whole page say in some languages, as JSON; a script, as Gradio leaves sockets open.

``lacking`` are the messages that the Japanese catalogue lacks, ``changed`` the properties that Gradio did not keep.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hub.language.catalogue import ENGLISH, Language, language
from hub.language.sentence import Sentence
from hub.settings import Count, Settings, TabAccess
from hub.ui.page import build_app
from hub.ui.translated_page import SPOKEN
from tests.catalogues import MARKED, remembering
from tests.hub.ui import fakes

SHOWN = ("label", "placeholder", "value", "choices")


def strings(value: Any) -> Iterator[str]:
    """Every text in a component's property that somebody reads."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inside in value.items():
            yield from () if name in {"token", "criterion", "prompt"} else strings(inside)
    elif isinstance(value, tuple):  # a choice: what is read, and what stands for it
        yield from strings(value[0])
    elif isinstance(value, list):
        for inside in value:
            yield from strings(inside)


def shown(page: Any, spoken: Language) -> dict[str, list[str]]:
    """What each component says, by its type, number and property."""
    SPOKEN.set(spoken)
    found = {}
    for component in page.config["components"]:
        radio = component["type"] == "radio"  # its value stands for a choice
        for name in SHOWN[: 2 if radio else 3] + SHOWN[3:]:
            found[f"{component['type']} {component['id']} {name}"] = list(strings(component["props"].get(name)))
    return found


def changed(page: Any) -> list[str]:
    """Properties that are not as they were given: a component without them, or with another name for them."""
    SPOKEN.set(ENGLISH)
    found = []
    for component in page.config["components"]:
        for name, said in page._said.get(component["id"], {}).items():
            one = ENGLISH.tell(said) if isinstance(said, Sentence) else said(ENGLISH)
            if json.dumps(component["props"].get(name)) != json.dumps(one):
                found.append(f"{component['type']} {component['id']} {name}")
    return found


if __name__ == "__main__":
    told = Settings(
        data=Path(sys.argv[1]), generators=fakes.NAMES, filters=("none",), count=Count.logins, space="a/b", oauth="c",
        dataset="a/c", adapt=TabAccess.all, personalise=TabAccess.all,
    )  # fmt: skip
    blocks = build_app(told).blocks
    japanese, untold = remembering(language("ja"))
    everyone = {"marked": MARKED, "english": ENGLISH, "japanese": japanese}
    result = {name: shown(blocks, spoken) for name, spoken in everyone.items()}
    print(json.dumps(result | {"changed": changed(blocks), "lacking": sorted(untold.lacking)}))
