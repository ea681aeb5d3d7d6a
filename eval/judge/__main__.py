"""``python -m eval.judge``: have a model vote on battles that people voted on, through an OpenAI-compatible endpoint.

Exit codes: 0 all battles are judged, 1 some lack a picture or a readable answer and are listed, 2 nothing was asked
as something named can't be used, or the endpoint failed: what it answered before is kept.
"""

import os
from pathlib import Path
from typing import Annotated

import typer

from eval.judge.chat_endpoint import ChatEndpoint
from eval.judge.machine_votes import choose_battles, judge_battles
from hub.command import PART, make_command
from hub.errors import DataError
from hub.language.sentence import number_of
from hub.progress import console
from hub.settings import Settings
from hub.votes import Pictures

KEY = "OPENAI_API_KEY"
SHOWN = 5  # battles without an answer that are listed


def main(
    endpoint: Annotated[str, typer.Option(help="Base address, such as https://api.example.org/v1.")],
    model: Annotated[str, typer.Option(help="Model's name there; it must read pictures.")],
    out: Annotated[Path, typer.Option(help="File for its votes, .jsonl; what is there is not asked again.")],
    votes: Annotated[Path | None, typer.Option(help="Data folder, .jsonl or .parquet file (default HUB_DATA).")] = None,
    limit: Annotated[int, typer.Option(help="Battles at most; each is two questions.", min=1)] = 100,
    per_minute: Annotated[int, typer.Option(help="Questions a minute at most.", min=1, max=6000)] = 60,
) -> None:
    """Ask a model which side is better, in both orders, of battles that people voted on; its votes never count.

    Prompts and pictures of these battles are sent to the endpoint, and OPENAI_API_KEY where it is set.
    """
    if out.suffix != ".jsonl":
        raise DataError(f"{out} must end in .jsonl, so that eval.report --judged reads it.")
    path = votes or Settings.from_env(os.environ).data
    if path.is_dir() and out.resolve().is_relative_to(path.resolve()):
        raise DataError(f"{out} lies among people's votes: name a file outside of {path}.")
    battles = choose_battles(path)[:limit]
    if not battles:
        raise DataError(f"No vote at {path} counts and has pictures, so there is no battle to judge.")
    asked = ChatEndpoint(endpoint, model, os.environ.get(KEY, "").strip())
    try:
        found = judge_battles(battles, Pictures(path), asked, out, 60 / per_minute)
    finally:
        asked.close()
        charged = f", {asked.tokens:,} tokens" if asked.tokens else ""
        console.print(f"{number_of(asked.asked, 'question')}{charged}.", markup=False, highlight=False)
    said = [f"{number_of(found.done, 'battle')} of {len(battles):,} have both answers in {out}."]
    said += [f"No answer: {one}" for one in found.failed[:SHOWN]]
    said += [f"And {len(found.failed) - SHOWN:,} more."] if len(found.failed) > SHOWN else []
    for line in said:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if found.failed:
        raise typer.Exit(PART)


if __name__ == "__main__":
    make_command(
        main,
        "python -m eval.judge --endpoint http://127.0.0.1:8000/v1 --model qwen2-vl --out judged.jsonl",
    )()
