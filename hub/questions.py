"""What a rater reads: the questions, and the reasons that may be given for a choice."""

from hub.language.sentence import Sentence
from hub.schema import Criterion, Tag

QUESTIONS = {
    Criterion.quality: Sentence("Which picture looks better?"),
    Criterion.alignment: Sentence("Which picture follows the prompt?"),
    Criterion.variety: Sentence("Which set gives more to choose from?"),
}
IN_BOTH_WORDINGS = Sentence("Which side follows the words better, in both wordings?")
TAGS = {  # those that make sense for a question, in the order they are shown
    Criterion.quality: (Tag.sharpness, Tag.composition, Tag.colours, Tag.fewer_flaws),
    Criterion.alignment: (Tag.objects, Tag.attributes, Tag.placement, Tag.style),
    Criterion.variety: (Tag.shapes, Tag.colours, Tag.layouts, Tag.style),
}
TAG_WORDS = {
    Tag.sharpness: Sentence("sharper"),
    Tag.composition: Sentence("composition"),
    Tag.colours: Sentence("colours"),
    Tag.fewer_flaws: Sentence("fewer flaws"),
    Tag.objects: Sentence("right objects"),
    Tag.attributes: Sentence("right details"),
    Tag.placement: Sentence("right places"),
    Tag.style: Sentence("style"),
    Tag.shapes: Sentence("shapes"),
    Tag.layouts: Sentence("layouts"),
}


def choose_question(criterion: Criterion, worded: bool) -> Sentence:
    """Return the question of a battle; ``worded``: it is on one idea in two wordings."""
    return IN_BOTH_WORDINGS if worded else QUESTIONS[criterion]
