"""``python -m tests.benchmarks.drawn_looks``: how well a look that a source draws is told from one that it lacks.

The looks of both lists were sorted by hand, by what they say: styles and colours of the source's training, and others.
"""

from dataclasses import replace

from rich.console import Console
from rich.table import Table

from hub.methods.ipl.config import IplConfig
from hub.methods.ipl.domain_words import DRAWN, ask_source, check_told_apart
from hub.methods.ipl.prepare import prepare

SOURCE, WORDS = "scad", "flat, in Fluent style"
DRAWN_LOOKS = ("in Noto style", "in OpenMoji style", "in Twemoji style", "red", "blue", "green", "black and white")
OTHERS = (
    *("3D, glossy, soft light", "soft colour gradients", "a pencil sketch", "watercolour painting", "pixel art"),
    *("neon lights at night", "made of clay", "oil painting by Van Gogh", "anime", "line art, thick black outline"),
    *("a photograph", "a wooden toy", "a marble statue", "purple and dark"),
)


def main() -> None:
    """Print each look with its nearness, and whether it is warned of."""
    look = prepare(IplConfig(SOURCE, WORDS, OTHERS[0]))
    table = Table("Look", "Drawn already", "Nearness", f"Warned of ({DRAWN:g})")
    wrong = 0
    for words in (*DRAWN_LOOKS, *OTHERS):
        config = replace(look.config, target_words=words)
        direction = check_told_apart(config, look.prompts)
        asked = ask_source(config, look.source.model, look.labels, look.prompts, direction)
        drawn = words in DRAWN_LOOKS
        wrong += drawn is not asked.drawn_already
        table.add_row(words, "yes" if drawn else "no", f"{asked.nearness:.2f}",
                      "yes" if asked.drawn_already else "no")  # fmt: skip
    Console().print(table, f"Wrong: {wrong} of {len(DRAWN_LOOKS) + len(OTHERS)}")


if __name__ == "__main__":
    main()
