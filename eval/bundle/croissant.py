"""A bundle's metadata as Croissant 1.0, JSON-LD that data set searches and the library ``mlcroissant`` read.

Format: Akhtar et al., arXiv 2403.19546; http://mlcommons.org/croissant/1.0.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from eval.bundle import PROMPTS, RECEIPTS, VOTES, BundleAbout
from hub.dataset.card_text import ABOUT as COLUMNS
from hub.votes import TABLE
from hub.votes.vote_table import JOINED

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
KINDS = {
    "csv": "text/csv",
    "html": "text/html",
    "json": "application/json",
    "jsonl": "application/jsonlines",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "svg": "image/svg+xml",
    "tex": "application/x-tex",
}
OWN_TERMS = (
    "citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject", "fileSet", "format",
    "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
    "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
)  # fmt: skip
CONTEXT = {  # the format's own, whole
    "@language": "en",
    "@vocab": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "sc": "https://schema.org/",
    **{term: f"cr:{term}" for term in OWN_TERMS},
}
TYPES = {pa.float64(): "sc:Float", pa.bool_(): "sc:Boolean"}
OF_PROMPTS = {
    "prompt": ("sc:Text", "what was asked for"),
    "use": ("sc:Text", "`battle`, or `metrics` where pictures of it were measured"),
    "votes": ("sc:Integer", "votes on it"),
    "seeds": ("sc:Text", "the seeds that it was drawn with, between commas"),
}
MEANINGS = {
    "generator_a": "name of the left side's generator",
    "generator_b": "name of the right side's generator",
    "tags": "the last reasons that the rater gave, with the vote or after it, if any",
}


class MemberSum(NamedTuple):
    """The bytes of a member and their SHA-256."""

    size: int
    sha256: str


def _describe_file(name: str, known: MemberSum) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "contentSize": f"{known.size} B",
        "encodingFormat": KINDS.get(name.rpartition(".")[2], "text/plain"),
        "sha256": known.sha256,
    }


def _describe_records(name: str, file: str, columns: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{column}",
                "name": column,
                "description": meaning,
                "dataType": kind,
                "source": {"fileObject": {"@id": file}, "extract": {"column": column}},
            }
            for column, (kind, meaning) in columns.items()
        ],
    }


def _list_vote_columns() -> dict[str, tuple[str, str]]:
    """Return the type and the meaning of each column of the votes."""
    found = {}
    for one in TABLE:
        meaning = MEANINGS.get(one.name) or COLUMNS["votes"][one.name]
        joined = f"; several are joined by {JOINED[one.name]!r}" if one.name in JOINED else ""
        found[one.name] = (TYPES.get(one.type, "sc:Text"), meaning + joined)
    return found


def describe_bundle(about: BundleAbout, votes: int, sums: Mapping[str, MemberSum]) -> dict[str, Any]:
    """Return the metadata of a bundle whose other members have these sums."""
    receipts = f" Receipts of the votes are in {RECEIPTS}." if RECEIPTS in sums else ""
    whole: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": f"vernissage-bundle-{about.about.digest[:12]}",
        "description": (
            f"{votes:,} votes on pictures by image generators whose names were hidden, and the report that was made of "
            f"them.{receipts} python -m eval.verify computes every figure again."
        ),
        "version": f"{about.form}.0.0",
        "isLiveDataset": False,
        "rai:dataCollection": "People compared two pictures or sets of one prompt and said which is better.",
        "rai:personalSensitiveInformation": "Raters and networks are pseudonyms; no name, login or address is there.",
    }
    known = f"votes of {about.about.first} to {about.about.last}, SHA-256 {about.about.digest}"
    whole["citeAs"] = f"@misc{{{whole['name']}, title={{Vernissage bundle}}, note={{{known}}}}}"
    whole |= {"datePublished": about.about.last} if about.about.last else {}
    whole |= {"license": LICENCE} if about.own else {}
    whole["distribution"] = [_describe_file(name, known) for name, known in sorted(sums.items())]
    votes_set = _describe_records("votes", VOTES, _list_vote_columns())
    return whole | {"recordSet": [votes_set, _describe_records("prompts", PROMPTS, OF_PROMPTS)]}
