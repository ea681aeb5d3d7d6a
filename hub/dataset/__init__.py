"""The votes as a data set on the Hugging Face Hub: published, fetched, checked, exported, imported."""

from hub.dataset.card import write_card
from hub.dataset.exports import Exported, ExportFormat, export_votes
from hub.dataset.frame import frame
from hub.dataset.imports import Imported, import_battles
from hub.dataset.publisher import Published, Publisher
from hub.dataset.pull import Pulled, pull_shards
from hub.dataset.push import Pushed, push_shards
from hub.dataset.verify_shards import Verified, verify_shards
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
    "export_votes",
    "frame",
    "import_battles",
    "pull_shards",
    "push_shards",
    "verify_shards",
    "write_card",
]
