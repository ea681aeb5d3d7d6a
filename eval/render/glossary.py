"""The report's words for those who do not measure images for a living."""

from html import escape

from eval.summary import Summary
from hub.language.catalogue import Language
from hub.language.sentence import Sentence

Words = dict[Sentence, Sentence]
RATINGS: Words = {
    Sentence("Rating"): Sentence(
        "Strength by the Bradley-Terry model: 400 points more are ten wins to one, and 1000 is the mean."
    ),
    Sentence("95 % interval"): Sentence(
        "Values that the votes, or pictures, leave possible; where two overlap widely, neither is shown to be"
        " the better."
    ),
    Sentence("Settled"): Sentence("Shown with an error of 5 % at most, however often one looked before."),
    Sentence("Prior"): Sentence(
        "Made-up votes, half a win each way, that are added where the votes alone give no finite estimate."
    ),
}
REASONS: Words = {
    Sentence("Reasons"): Sentence(
        "What a rater ticked as why, blind like the vote: of a generator's wins, what spoke for it; of its losses, what"
        " spoke for the other."
    ),
}
METRICS: Words = {
    Sentence("FD, KID and CMMD"): Sentence(
        "Distances of all drawn pictures from all real ones, as an encoder sees them; 0 is alike. FD-infinity"
        " is what FD would be with endlessly many pictures."
    ),
    Sentence("Authenticity, data copying"): Sentence(
        "Share of the drawn pictures that are no near copies of training pictures; how often a drawn picture is nearer "
        "to the training pictures than a real one is that no training saw, a half being as often as not."
    ),
    Sentence("PPD and Vendi"): Sentence("How much pictures of one prompt, or all pictures, differ from one another."),
    Sentence("Precision and density; recall and coverage"): Sentence(
        "Share of the drawn pictures that lie among the real ones; share of the real ones that the drawn ones reach. "
        "Where a set reaches, out to each picture's nearest neighbours, is its manifold."
    ),
    Sentence("Image-text score, R@1"): Sentence(
        "How near a picture is to its own prompt; how often it is nearer to its own than to all others."
    ),
    Sentence("Witness"): Sentence(
        "The name of an image encoder that was part of no training here: it bears witness to what the others say."
    ),
    Sentence("Nearness to the real pictures"): Sentence(
        "How much more a picture is like the real ones than like the other voted ones; statisticians call it the"
        " witness function of the MMD, which KID estimates."
    ),
    Sentence("Kendall's tau and Spearman's rho"): Sentence(
        "How alike two orders of the generators are: 1 the same, 0 no more than by luck, -1 the reverse."
    ),
    Sentence("Computing seconds"): Sentence("Seconds of all cores together, or of the device, that one picture takes."),
    Sentence("Front"): Sentence(
        "The generators that no other one beats: better in one of cost, quality and variety and worse in none."
    ),
}


def glossary(summary: Summary, language: Language) -> str:
    """The words of this report, with what they mean."""
    reasons = REASONS if any(one.figures for one in summary.reasons) else {}
    words = RATINGS | reasons | (METRICS if summary.table else {})
    items = (
        f"<div><dt>{escape(language.tell(one))}</dt><dd>{escape(language.tell(means))}</dd></div>"
        for one, means in words.items()
    )
    return f"<dl>{''.join(items)}</dl>"
