"""Errors of the hub's domain.

They are raised with a sentence that says what is wrong and how to mend it, and are turned into a page's
message or an exit code only at the edge (``hub.ui`` and the commands' ``main``).
"""


class HubError(Exception):
    """Base of every error the hub raises on purpose; its text may be shown to a user as it is.

    ``kind`` is what it is counted as: one short word of few; ``field`` the page's input that it is about, where known.
    """

    kind = "other"
    field = ""

    @property
    def sentence(self) -> str:
        """The text as it was given, a :class:`hub.language.sentence.Sentence` where it was one; ``str`` is plain."""
        return self.args[0] if self.args and isinstance(self.args[0], str) else str(self)


class PromptError(HubError):
    """A prompt that can't be drawn: empty, too long, with characters that can't be seen, or refused by moderation."""

    kind = "prompt"


class RequestError(HubError):
    """A request that names an image or a parameter that the generator can't take."""

    kind = "request"


class ModerationError(HubError):
    """A picture that a filter holds back, or could not look at."""

    kind = "held-back"


class PictureError(HubError):
    """A picture that somebody gives and that can't be taken: none at all, damaged, too large, or held back."""

    kind = "picture"


class UnknownName(HubError):
    """A name that is in no registry."""


class MissingFile(HubError):
    """A checkpoint, package or data file that is needed and is not there, or is not the one expected."""

    kind = "missing"


class GenerationError(HubError):
    """A generator failed on one side of a battle."""

    kind = "generation"


class Cancelled(HubError):
    """A drawing that nobody waits for any more; what draws lets it through, so that it stops."""

    kind = "cancelled"


class Stopped(HubError):
    """A training run that was asked to stop, and did so with its state kept."""

    kind = "stopped"


class BattleError(HubError):
    """A vote that can't be taken: unknown or expired battle, already voted, too many, or a side without an image."""

    def __init__(self, message: str, kind: str = "other") -> None:
        super().__init__(message)
        self.kind = kind


class StorageError(HubError):
    """Something could not be written to disk, and nothing of it counts; or a folder of what was can't be read."""

    kind = "storage"


class DataError(HubError):
    """Input data that can't be used as it is: corrupt lines, no votes, no images."""

    kind = "data"


class RemoteError(HubError):
    """The Hugging Face Hub can't be reached, refuses, or gives an answer that makes no sense."""

    kind = "remote"
