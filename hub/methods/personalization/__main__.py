"""``python -m hub.methods.personalization``: teach a diffusion model one subject from a few pictures."""

from pathlib import Path
from typing import Annotated, Any

import typer

from hub.command import add_flags, make_command
from hub.methods.personalization.config import PersonalConfig
from hub.methods.personalization.train import train
from hub.progress import console


@add_flags(PersonalConfig)
def main(
    pictures: Annotated[Path, typer.Option(help="Folder of 2 to 20 pictures of the subject; they stay there.")],
    subject: Annotated[str, typer.Option(help="A new word that names the subject in prompts.")],
    class_word: Annotated[str, typer.Option("--class", help="What the subject is one of, such as cat.")],
    out: Annotated[Path, typer.Option(help="Folder for log, previews, resume point and the entry's folder.")] = Path(
        "runs/subject"
    ),
    keep_steps: Annotated[
        bool, typer.Option("--keep-steps", help="Leave an entry's folder of each preview's step, 12 MB each.")
    ] = False,
    **flags: Any,
) -> None:
    """Teach a base the subject of some pictures; run again with the same --out to go on after a stop."""
    folder = train(PersonalConfig(subject=subject, class_word=class_word, **flags), pictures, out, keep_steps)
    console.print(
        f"Wrote {folder}; python -m hub.generators add {folder} --name {subject}", markup=False, soft_wrap=True
    )


if __name__ == "__main__":
    example = "python -m hub.methods.personalization --pictures my-cat --subject zebi-1 --class cat --out runs/zebi-1"
    make_command(main, example)()
