"""Requests whose prompt was read: what was read and what was not, and what each reader of the request gets."""

from collections.abc import Iterator

from hub.japanese.reader import Reading, read_japanese
from hub.schema import Request, Term


def reading_of(asked: Request | Term) -> Reading:
    """Return how the prompt of a request or of a term was read, and what of it was not; empty where it was not read."""
    return Reading(asked.read_as, read_japanese(asked.prompt or "").unread) if asked.read_as else Reading()


def english_of(request: Request) -> str:
    """Return the prompt of a request for who reads English alone, such as a judge."""
    return request.read_as or request.prompt


def put_in_english(request: Request) -> Request:
    """Return a request as a generator draws it that reads English alone."""
    terms = (term.model_copy(update={"prompt": term.read_as or term.prompt, "read_as": ""}) for term in request.mix)
    return request.request.model_copy(update={"prompt": english_of(request), "read_as": "", "mix": tuple(terms)})


def list_texts(request: Request) -> Iterator[str]:
    """Yield all that a request says in words, as typed and in English: what filters look at."""
    yield from filter(None, (request.prompt, request.read_as))
    for term in request.mix:
        yield from filter(None, (term.prompt, term.read_as))
