"""The votes as a data set on the Hugging Face Hub: published, fetched, checked, exported, imported."""

from hub.dataset.card import write_card
from hub.dataset.exports import Exported, Format, export
from hub.dataset.imports import Imported, import_
from hub.dataset.publisher import Published, Publisher
from hub.dataset.pull import Pulled, pull
from hub.dataset.push import Pushed, push
from hub.dataset.retry import Patience
from hub.dataset.verify import Verified, verify

__all__ = [
    "Exported",
    "Format",
    "Imported",
    "Patience",
    "Published",
    "Publisher",
    "Pulled",
    "Pushed",
    "Verified",
    "export",
    "import_",
    "pull",
    "push",
    "verify",
    "write_card",
]
