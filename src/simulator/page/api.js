// The calls under /simulator, the same that tests use. Knows nothing of the page.

/** A call that was refused (with `code` and what to do) or did not arrive (`code` "offline"). */
export class CallFailed extends Error {
  constructor(code, message, status = 0) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

async function call(method, path, body, signal) {
  const request = { method, signal, headers: {} };
  if (body !== undefined) {
    request.headers['content-type'] = 'application/json';
    request.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, request);
  } catch (problem) {
    if (problem.name === 'AbortError') throw problem;
    throw new CallFailed('offline', 'Wabridge did not answer. Is it still running? This page tries again by itself.');
  }
  const text = await response.text();
  let answer = null;
  try { answer = text ? JSON.parse(text) : null; } catch { answer = null; }
  if (response.ok) return answer;
  throw new CallFailed(answer?.error?.code ?? 'failed', answer?.error?.message ?? `${method} ${path} answered ${response.status}`, response.status);
}

const person = (id) => `/simulator/people/${encodeURIComponent(id)}`;

export const readState = () => call('GET', '/simulator/state');
export const readConversation = (id, number, after) =>
  call('GET', `${person(id)}/conversation?to=${encodeURIComponent(number)}&after=${after}`);
export const addPerson = (fields) => call('POST', '/simulator/people', fields);
export const messagePath = (id) => `${person(id)}/messages`;
export const sendMessage = (id, message) => call('POST', messagePath(id), message);
/** The person looks at the chat: what was delivered becomes read. */
export const markRead = (id, number) => call('POST', `${person(id)}/read?to=${encodeURIComponent(number)}`);
export const addFault = (fault) => call('POST', '/simulator/faults', fault);
export const dropFault = (id) => call('DELETE', `/simulator/faults/${encodeURIComponent(id)}`);
export const dropFaults = () => call('DELETE', '/simulator/faults');
export const advanceClock = (by) => call('POST', '/simulator/clock', { advance: by });
export const resetClock = () => call('POST', '/simulator/clock', { reset: true });
export const reset = () => call('POST', '/simulator/reset', {});

/** Sends the bytes of a webhook to our receiver once more, as Meta does when it missed the answer. */
export async function deliverAgain(webhook) {
  let response;
  try {
    response = await fetch('/webhooks/whatsapp', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hub-signature-256': webhook.signature ?? '' },
      body: webhook.body,
    });
  } catch {
    throw new CallFailed('offline', 'The webhook did not arrive: Wabridge did not answer.');
  }
  return { status: response.status, text: await response.text() };
}

/**
 * Listens to the simulator. `on.changed(data)` and `on.state()` per event, `on.open()` and `on.lost()` as the connection comes and goes.
 * The browser reconnects by itself after a cut, but gives up after an HTTP error: then we do it.
 */
export function listen(on) {
  const source = new EventSource('/simulator/events');
  source.addEventListener('open', () => on.open());
  source.addEventListener('changed', (event) => on.changed(JSON.parse(event.data)));
  source.addEventListener('state', () => on.state());
  source.addEventListener('error', () => {
    on.lost();
    if (source.readyState !== EventSource.CLOSED) return;
    source.close();
    setTimeout(() => listen(on), 2000);
  });
}
