"""The votes as a data set on the Hugging Face Hub: published, fetched, checked, exported, imported."""

from hub.dataset.card import write_card
from hub.dataset.exports import Exported, ExportFormat, export
from hub.dataset.imports import Imported, import_
from hub.dataset.publisher import Published, Publisher
from hub.dataset.pull import Pulled, pull
from hub.dataset.push import Pushed, push
from hub.dataset.verify import Verified, verify
from hub.huggingface.retry import Patience

__all__ = [
    "ExportFormat",
    "Exported",
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
