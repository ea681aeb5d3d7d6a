"""What is said on the page of a visitor's own pictures: what was read of them, what was not, and how long they stay."""

from collections.abc import Callable, Sequence
from html import escape

from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.ui import markup
from hub.ui.compare import MOST_PICTURES, MOST_PROMPTS, MOST_SEEDS
from hub.ui.compare.added_pictures import OwnBatch, OwnPicture, OwnSet
from hub.ui.compare.own_rows import ChosenRows
from hub.ui.compare.picture_archive import MOST_ENTRIES, NOTHING, PICTURES, LeftOutFile
from hub.ui.middleware.bodies import MOST_OF_SET, TOO_LARGE_SET

SHOWN = 50  # files that are named at most
SAID = {  # by the script, for what happens before the arena hears of it
    "packing": Sentence("The files are being packed."),
    "sending": Sentence("The pictures are being sent: {percent} %", percent="{percent}"),  # which the script fills in
    "reading": Sentence("The pictures are being read: a large folder takes a minute."),
    "lost": Sentence("The pictures did not arrive: try again."),
    "large": TOO_LARGE_SET,
    "none": NOTHING,
}
COMMAND = "<code>python -m eval.score {folder}</code>"


def render_report(found: OwnSet, hang: Callable[[OwnPicture], str], language: Language) -> str:
    """Return what was read, batch by batch, and the pictures without a prompt; ``hang`` gives a picture's address."""
    told = "".join(_render_batch(batch, language) for batch in found.batches)
    return told + _render_unprompted(found.unprompted, hang, language)


def _render_batch(batch: OwnBatch, language: Language) -> str:
    lines = [language.tell(batch.said), *map(language.tell, batch.differences)]
    told = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return told + _render_over(batch, language) + _render_left_out(batch, language)


def _render_over(batch: OwnBatch, language: Language) -> str:
    """Return which pictures are here, where not all are."""
    count, kept = len(batch.over) + batch.unsent, len(batch.pictures)
    if not count:
        return ""
    said = language.gettext(
        "{kept:,} of {whole:,} pictures are here, the first of each prompt; a grid holds no more. {command} measures "
        "all of the folder.",
        kept=kept, whole=kept + count, command="{command}",
    )  # fmt: skip
    folder = escape(language.gettext("FOLDER"))
    shown = markup.fill(said, command=COMMAND.format(folder=folder))
    names = ", ".join(language.tell(one.name) for one in batch.pictures)
    summary = escape(language.gettext("Which ones"))
    return f"<p>{shown}</p><details><summary>{summary}</summary><p>{escape(names)}</p></details>"


def _render_left_out(batch: OwnBatch, language: Language) -> str:
    """Return the files that are not used, each with its reason."""
    files = list(batch.left_out)
    said = ""
    if batch.unsent:
        if batch.lost:
            count = len(batch.lost)
            said = language.gettext("{count:,} names of its lists are of pictures that were not sent.", count=count)
    else:
        files += batch.lost
    told = f"<p>{escape(said)}</p>" if said else ""
    return told + (_render_files(files, language) if files else "")


def _render_files(files: Sequence[LeftOutFile], language: Language) -> str:
    count = len(files)
    summary = language.ngettext("{n:,} file is left out", "{n:,} files are left out", count)
    rows = "".join(
        f"<li><strong>{escape(language.tell(one.name)[-SHOWN * 2 :])}</strong>: {escape(language.tell(one.why))}</li>"
        for one in files[:SHOWN]
    )
    if count > SHOWN:
        more = language.gettext("and {count:,} more", count=count - SHOWN)
        rows += f"<li>{escape(more)}</li>"
    return f'<details open class="vs-left-out"><summary>{escape(summary)}</summary><ul>{rows}</ul></details>'


def _render_unprompted(pictures: Sequence[OwnPicture], hang: Callable[[OwnPicture], str], language: Language) -> str:
    """Return the pictures whose prompt is not known, in their order, each with the reason."""
    if not pictures:
        return ""
    count = len(pictures)
    said = language.ngettext(
        "{n} picture has no prompt, and is not shown until it has one.",
        "{n} pictures have no prompt, and are not shown until they have one.",
        count,
    )
    rows = "".join(
        f'<li><img src="{escape(hang(one))}" alt=""><span><strong>{escape(language.tell(one.name))}</strong>'
        f"{escape(language.tell(one.lack))}</span></li>"
        for one in pictures
    )
    return f'<p>{escape(said)}</p><ol class="vs-unprompted">{rows}</ol>'


def render_door(filled: bool, report: str, told: str, seconds: float, language: Language) -> str:
    """Return the door: what adds pictures, and, where it is ``filled``, what is done with them, and the report."""
    facts = {name: language.tell(one) for name, one in SAID.items()}
    facts |= {"most": str(MOST_OF_SET), "entries": str(MOST_ENTRIES - 100), "kinds": " ".join(sorted(PICTURES))}
    data = "".join(f' data-{name}="{escape(one)}"' for name, one in facts.items())
    acts = {"file": Sentence("Add your own pictures"), "folder": Sentence("Add a folder of them")}
    if filled:
        acts |= {"use": Sentence("Use their prompts and seeds"), "remove": Sentence("Remove your pictures")}
    buttons = "".join(
        f'<button type="button" class="vs-small" data-act="{act}">{escape(language.tell(said))}</button>'
        for act, said in acts.items()
    )
    hint = language.gettext(
        "Or drop them here: PNG, JPEG or WebP, with their metadata.csv or NAME.txt, a folder, or one ZIP. Only you see "
        "them; the arena keeps them in memory until you remove them or close the page, {minutes} minutes at most.",
        minutes=round(seconds / 60),
    )
    label = escape(language.gettext("Your own pictures"))
    return (
        f'<div class="vs-given" role="group" aria-label="{label}"{data}><div class="vs-box-acts">{buttons}</div>'
        f'<p class="vs-given-hint">{escape(hint)}</p>'
        f'<input type="file" multiple accept="image/*,.zip,.csv,.jsonl,.parquet,.txt" tabindex="-1" hidden>'
        f'<input type="file" webkitdirectory multiple tabindex="-1" hidden>'
        f'<div class="vs-given-report">{report}</div><p class="vs-said" role="status">{escape(told)}</p></div>'
    )


def tell_taken(found: ChosenRows, drawn: int, language: Language) -> str:
    """Return what was taken over into the boxes, and what was left out."""
    said = [
        language.gettext(
            "Taken over: {prompts} and {seeds}.",
            prompts=language.ngettext("{n} prompt", "{n} prompts", len(found.prompts)),
            seeds=language.ngettext("{n} seed", "{n} seeds", len(found.seeds)),
        )
    ]
    if found.left:
        said.append(
            language.gettext(
                "{left:,} of your pictures do not fit beside {drawn} generators: a grid holds {pictures} "
                "pictures, {prompts} prompts and {seeds} seeds.",
                left=found.left, drawn=drawn, pictures=MOST_PICTURES, prompts=MOST_PROMPTS, seeds=MOST_SEEDS,
            )
        )  # fmt: skip
    if found.counted:
        said.append(
            language.gettext(
                "Some pictures tell no seed: seeds were counted from 0 for the generators, so that each has a row."
            )
        )
    return " ".join(said)
