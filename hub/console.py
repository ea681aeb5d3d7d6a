"""``vernissage COMMAND``: the commands of the project under one name; ``python -m MODULE`` is the same command."""

import runpy
import sys

import typer

NAME = "vernissage"
COMMANDS = {  # by name: the module that is the command, and what it does
    "serve": ("app", "Serve the arena."),
    "report": ("eval.report", "Join the votes' ratings with metrics in one report."),
    "verify": ("eval.verify", "Compute every figure of a report's bundle from its votes again."),
    "rate": ("eval.rate", "Rate generators by votes, or by others' battles."),
    "score": ("eval.score", "Measure any pictures: a folder, a Parquet file or a data set."),
    "sample": ("eval.sample", "Draw prompts with generators into a folder."),
    "generators": ("hub.generators", "List the arena's entries, fetch their models, add or remove one."),
    "dataset": ("hub.dataset", "Publish, fetch, check, export or import votes."),
    "receipt": ("hub.receipt", "Show a vote's receipt, or draw its pictures again."),
    "jobs": ("hub.jobs", "List, show, stop, resume or remove trainings."),
    "space": ("hub.space", "Check what a Space of this repository lacks, or push it there."),
    "plan": ("eval.plan", "Plan how many votes part two generators."),
    "simulate": ("eval.ratings.simulate", "Count the votes it takes to settle an order."),
}
PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def _run(context: typer.Context) -> None:
    """Run the command's module as ``python -m`` does, with all that was written after its name."""
    name = context.info_name or ""
    sys.argv = [f"{NAME} {name}", *context.args]
    runpy.run_module(COMMANDS[name][0], run_name="__main__")


def main() -> None:
    """Run the command that the first argument names."""
    example = f"Example: {NAME} serve --port 7861; each has --help with an example."
    about = "Blind battles of image generators, and a report."
    app = typer.Typer(add_completion=False, no_args_is_help=True, help=about, epilog=example)
    app.callback()(lambda: None)
    for name, (_, about) in COMMANDS.items():
        app.command(name, help=about, context_settings=PASSED_ON)(_run)
    app(prog_name=NAME)
