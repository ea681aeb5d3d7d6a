// Gradio ends a page's stream of events when none is left, and the page opens another with its next event. An event that
// is asked for while the end is on its way would never be heard of: the page takes the stream for open. So the end is
// kept from it while it waits for an event, and the stream goes on in a new one.
(() => {
  const request = window.fetch.bind(window);
  const waiting = new Set(); // questions that have no answer yet, and the events that were the answers
  const early = new Set(); // events that were over before their answer came

  async function join(resource, options) {
    const question = Symbol("join");
    waiting.add(question);
    try {
      const answer = await request(resource, options);
      const { event_id: event } = answer.ok ? await answer.clone().json() : {};
      if (event && !early.delete(event)) waiting.add(event);
      return answer;
    } finally {
      waiting.delete(question);
    }
  }

  // Notes what a message says; true for the end of a stream that somebody waits at.
  function isEarlyEnd(message) {
    const { msg, event_id: event } = message.startsWith("data:") ? JSON.parse(message.slice(5)) : {};
    if (msg === "process_completed" && !waiting.delete(event)) early.add(event);
    return msg === "close_stream" && waiting.size > 0;
  }

  async function listen(resource, options) {
    const answer = await request(resource, options);
    if (!answer.ok) return answer;
    const read = (body) => body.pipeThrough(new TextDecoderStream()).getReader();
    const bytes = new TextEncoder();
    let reader = read(answer.body);
    let rest = "";
    const pull = async (stream) => {
      for (let said = ""; !said; ) { // who pulls is not asked again before there is something
        const { value, done } = await reader.read();
        if (done) return stream.close();
        const messages = (rest + value).split("\n\n");
        rest = messages.pop();
        for (const message of messages) {
          if (isEarlyEnd(message)) reader = read((await request(resource, options)).body);
          else said += `${message}\n\n`;
        }
        if (said) stream.enqueue(bytes.encode(said));
      }
    };
    return new Response(new ReadableStream({ pull, cancel: (why) => reader.cancel(why) }), answer);
  }

  window.fetch = (resource, options) => {
    const { pathname } = new URL(resource instanceof Request ? resource.url : resource, location.href);
    if (pathname.endsWith("/queue/join")) return join(resource, options);
    return pathname.endsWith("/queue/data") ? listen(resource, options) : request(resource, options);
  };
})();
