"""The script that keeps a page's stream of events open while an event is waited for, beside a server of its own."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page

import hub.ui.page_head
from tests.hub.ui.chromium import CHROMIUM

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")]
SCRIPT = (Path(hub.ui.page_head.__file__).parent / "event_stream.js").read_text(encoding="utf-8")
# A server that answers each stream with its messages, cut into pieces of so many bytes, and each join with its number.
SERVER = """([streams, cut]) => { window.opened = 0; window.fetch = async (address) => {
  if (!String(address).includes("/queue/data")) return Response.json({ event_id: String(address).split("?")[1] });
  const said = streams[window.opened++].map((one) => `data: ${JSON.stringify(one)}\\n\\n`);
  const bytes = new TextEncoder().encode(said.join(""));
  return new Response(new ReadableStream({ start(body) {
    for (let at = 0; at < bytes.length; at += cut) body.enqueue(bytes.slice(at, at + cut));
    body.close();
  } }));
}; }"""
READ = """async () => (await (await fetch("http://arena/queue/data")).text())
  .split("\\n\\n").filter(Boolean).map((message) => JSON.parse(message.slice(6)))"""
JOIN = "async (event) => (await (await fetch(`http://arena/queue/join?${event}`)).json()).event_id"
END = {"msg": "close_stream"}


def done(event: str) -> dict[str, str]:
    """Return the message that an event is over."""
    return {"msg": "process_completed", "event_id": event}


def start(page: Page, *streams: list[dict[str, str]], cut: int = 1000) -> None:
    """Have these messages sent, a list for each stream that is opened."""
    page.evaluate(SERVER, [streams, cut])
    page.evaluate(SCRIPT)


@pytest.mark.parametrize("cut", [1, 3, 1000])
def test_messages_come_as_they_were_sent_however_they_are_cut(page: Page, cut: int) -> None:
    messages = [{"msg": "process_generating", "said": "りんご\n\n, close_stream"}, done("one"), END]
    start(page, messages, cut=cut)
    assert page.evaluate(JOIN, "one") == "one"
    assert page.evaluate(READ) == messages


def test_the_end_is_kept_back_while_an_event_is_waited_for(page: Page) -> None:
    start(page, [done("one"), END], [done("two"), END])
    for event in ("one", "two"):
        page.evaluate(JOIN, event)
    assert page.evaluate(READ) == [done("one"), done("two"), END]
    assert page.evaluate("window.opened") == 2


def test_an_event_that_was_over_before_its_answer_came_is_not_waited_for(page: Page) -> None:
    start(page, [done("one"), END], [done("two"), END])
    assert page.evaluate(READ) == [done("one"), END]
    page.evaluate(JOIN, "one")
    page.evaluate(JOIN, "two")
    assert page.evaluate(READ) == [done("two"), END]


def test_what_is_no_event_passes(page: Page) -> None:
    start(page)
    assert json.loads(page.evaluate("async () => (await fetch('http://arena/other?7')).text()")) == {"event_id": "7"}
