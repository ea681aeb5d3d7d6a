"""A bundle: one zip of a report with all that it is made from, which anybody can have computed again.

The names of its members, how large it may be, and what stands in ``bundle.json``. No member is code, and none is run.
"""

from dataclasses import dataclass, field

from eval.about import About

FORM = 1  # of what is written here; another one is of another version
ABOUT = "bundle.json"
VOTES = "votes.jsonl"
PROMPTS = "prompts.jsonl"
RECEIPTS = "receipts.jsonl"
MEASURED = "measured.json"
ENVIRONMENT = "environment.json"
CROISSANT = "croissant.json"
SUMS = "SHA256SUMS"
README = "README.md"
REPORT = "report/"
NEEDED = (ABOUT, VOTES, PROMPTS, ENVIRONMENT, CROISSANT, SUMS, README)
DEFAULT_NAME = "bundle.zip"


@dataclass(frozen=True)
class BundleAbout:
    """What a bundle says of itself: its form, and what of its report can't be had from votes and figures.

    ``language`` is that of the pages, ``latex`` whether there are files for papers; ``problems`` are of the votes'
    files, ``left_out`` how many lines they had that were no votes, by reason. ``own``: all votes were given in an
    arena of this project.
    """

    form: int
    language: str
    latex: bool
    own: bool
    about: About
    problems: tuple[str, ...] = ()
    left_out: dict[str, int] = field(default_factory=dict)
    without_receipt: int = 0
