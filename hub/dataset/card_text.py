"""What the data set's card says to people."""

SIDE = {
    "generator": "name of the generator",
    "revision": "its revision",
    "setups": "for each picture all that decides its pixels beside the request, as JSON: checkpoints by SHA-256,"
    " dtype, device, scheduler, steps, guidance scale, library versions",
    "setup_sha256": "SHA-256 of each setup",
    "sha256": "SHA-256 of each picture's PNG",
    "seconds_drawn": "wall-clock seconds that each picture took",
    "images": "the pictures, in the order of `seeds`; null where one was lost",
}
EXTRAS = (
    "JSON of what else was asked for: parameters, the SHA-256 of an image to start from, and `read_as`, the English "
    "reading of a Japanese prompt; null where nothing was"
)
FROM_IMAGE = "the image to start from; null where there was none, or it was lost"
ABOUT = {
    "votes": {
        "id": "the battle's id; no id is there twice",
        "time": "seconds since 1970, UTC",
        "criterion": "the question: `quality` (which looks better?), `alignment` (which follows the prompt?), `variety`"
        " (which set gives more to choose from?); each is to be rated apart",
        "outcome": "`a`, `b`, `tie` or `both_bad`",
        "tags": "reasons the rater gave with the vote, if any; those of `reasons` stand in their place",
        "prompt": "what both sides were asked for; of an idea in two wordings the first",
        "wording": "the other of two wordings of one idea: a side has a picture of each, by the same seed, and the"
        " question is which follows the words in both; null where there is one prompt",
        "wording_read_as": "its English reading, of a Japanese one; else null",
        "prompt_set": "name of the prompt set that the arena had the prompt from, word for word; null where it was"
        " typed, and of votes before schema 5",
        "prompt_category": "its category in that set; null where it has none",
        "extras": EXTRAS,
        "from_image": FROM_IMAGE,
        "seeds": "the seed of each picture of a side: one, several for `variety`, or for two wordings the same twice",
        "rater": "pseudonym of the rater",
        "network": "pseudonym of the network the vote came from; null where it is not known",
        "seconds": "from the last picture to the vote",
        "repeat_of": "id of an earlier vote whose battle was shown again to the same rater, sides swapped",
        "names_withheld": "of such a repeat: no name was told before it; else the rater could know the names",
        "risk": "JSON: what each gate said, 0 harmless to 1 certain",
        "excluded": "gates, or what is said of the rater, by which the vote is kept but not counted; empty: it counts",
        "unchecked": "gates that could not run on this vote",
        "source": "`arena` for votes given here, else the file they were imported from",
        "pair_probability": "the chance with which its pair was drawn from all that could meet, known before it was:"
        " weights of one over it make ratings those of pairs that meet evenly; null where there was no such lot",
        "schema_version": "version of this form",
    },
    "samples": {
        "battle": "id of the battle, the `id` of its vote if there is one",
        "side": "`a` or `b`",
        "time": "seconds since 1970, UTC",
        "criterion": "the question of the battle",
        "rater": "pseudonym of the rater who asked for it; `nobody` of a failure before anybody did",
        "prompt": "what was asked for",
        "seed": "the seed",
        "extras": EXTRAS,
        "from_image": FROM_IMAGE,
        "generator": "name of the generator",
        "revision": "its revision",
        "sha256": "SHA-256 of the picture's PNG",
        "seconds": "wall-clock seconds it took",
        "setup": "all that decides its pixels beside the request, as JSON",
        "setup_sha256": "SHA-256 of the setup",
        "image": "the picture; null where drawing failed or it was lost",
        "error": "why drawing failed; null where it did not",
        "schema_version": "version of this form",
    },
    "withdrawals": {
        "vote": "`id` of the vote that its rater took back",
        "time": "seconds since 1970, UTC",
        "rater": "pseudonym of that rater",
        "schema_version": "version of this form",
    },
    "reasons": {
        "vote": "`id` of the vote",
        "time": "seconds since 1970, UTC",
        "rater": "pseudonym of its rater",
        "tags": "all reasons of the vote from then on; empty: none",
        "schema_version": "version of this form",
    },
}
BODY = """# Vernissage: votes on generated images

People compared pictures by two image generators whose names were hidden, and said which is better. Each vote is one
row of `votes`; every picture that was drawn, voted on or not, failed ones too, is one row of `samples`, once its battle
was voted on or no longer can be. Votes that were taken back are named in `withdrawals`. Reasons that a rater gave
after the vote, and before hearing the names, are in `reasons`.

## How to load it

```python
from datasets import load_dataset

votes = load_dataset("{dataset}", "votes", split="train")
samples = load_dataset("{dataset}", "samples", split="train")
withdrawals = load_dataset("{dataset}", "withdrawals", split="train")  # once a vote was taken back
reasons = load_dataset("{dataset}", "reasons", split="train")  # once somebody said why after a vote
```

A config that has no rows yet can only be read with `streaming=True`.

Files are Parquet shards named by their own SHA-256; a shard never changes and is never removed. A vote that is in
two shards counts once.

## Columns of `votes`

`_a` is the left side, `_b` the right one. What is not known of an imported vote is null.

{votes}

## Columns of `samples`

{samples}

## Columns of `withdrawals`

A vote that its rater took back stays in `votes`, and is named here: leave it out of ratings.

{withdrawals}

## Columns of `reasons`

Right after a vote its rater can say why, until the names are told: never after, so that all reasons are given blind. Of
several rows of one vote the last counts, in place of the vote's own `tags`.

{reasons}

## What `excluded` means

No vote is deleted. One that a gate finds suspicious (too many too fast, too quick to have looked, always one side,
always one generator) is kept with that gate's name in `excluded`: leave those rows out of ratings. So is, as
`no-cookie`, one from a page whose cookie did not come back, and as `no-login`, where only logins count, one given
without. Of a rater who favours one generator (`favour`), earlier votes have no mark: the arena's report leaves them
out too. An imported vote whose rater knew the names
has `not-blind` there. A gate that was out of order lets the vote count and is named in `unchecked`.

## Raters

`rater` is the first 16 digits of an HMAC-SHA256 of the rater's login or browser cookie with a secret that is not
published: votes of one rater can be put together, and nobody can be found out from it. `network` is made the same way
from the network address (the first 64 bits of an IPv6 one), so that votes of many raters of one network can be told
from votes of many people: it links votes given from one network, here and at any time, to one another and to nothing
else. The address itself is stored in no file; but whoever had the secret could try out all addresses. A judge's name in
an imported file is treated like a login.

## Replay a vote

The setup, prompt, seeds and extras of a vote are enough to draw its pictures again, byte for byte, on the same kind of
device. In a data folder that has it (with HUB_DATASET set, `python -m hub.dataset pull` fetches all votes):

```sh
python -m hub.receipt show VOTE_ID > receipt.json
python -m hub.receipt replay receipt.json
```

## Consent

Raters were told:

{consent}

## Licence

[CC-BY-4.0](https://creativecommons.org/licenses/by/4.0/)
"""


def describe_column(column: str, meanings: dict[str, str]) -> str:
    """Return what a column means; the columns of the two sides share one description."""
    stem, _, side = column.rpartition("_")
    return SIDE[stem] if side in {"a", "b"} and stem in SIDE else meanings[column]
