// What a person can do here. Every view acts through these; a failed action says so and never loses what was typed.

import * as api from './api.js';
import { byId } from './dom.js';
import { preview } from './format.js';
import { changed, conversation, forgetAll, loadConversation, loadState, online, view } from './state.js';

/** Long enough to read one line twice. */
const SHOWN_MS = 5000;

let fading;

/** Says something short that went wrong, or well. */
export function toast(text, bad = true) {
  const box = byId('toast');
  box.textContent = text;
  box.classList.toggle('bad', bad);
  box.classList.add('shown');
  clearTimeout(fading);
  fading = setTimeout(() => box.classList.remove('shown'), SHOWN_MS);
}

/** Runs an action; tells what went wrong. Resolves to whether it went well. */
export async function attempt(work, tell = toast) {
  try {
    await work();
    return true;
  } catch (problem) {
    if (problem.code === 'offline') online(false);
    tell(problem.message);
    return false;
  }
}

let line = Promise.resolve();

/**
 * Sends a message as the person on the page. Messages go one after the other, so that they arrive in the order of writing.
 * Resolves to whether it was taken.
 */
export function send(message, shown = '') {
  const { person, number } = view;
  const waiting = { person, number, text: shown };
  view.sending.push(waiting);
  view.follow = true;
  changed();
  const sent = line.then(() => attempt(async () => {
    const answer = await api.sendMessage(person, { to: number, ...message });
    const refused = answer?.deliveries?.find((delivery) => delivery.status !== 200);
    if (refused) toast(`Webhook: ${refused.status}${refused.code ? ` ${refused.code}` : ''}. Why tells more.`);
    await loadConversation(person, number);
  })).finally(() => {
    view.sending.splice(view.sending.indexOf(waiting), 1);
    changed();
  });
  line = sent;
  return sent;
}

/** Taps a button or a row of a list. */
export const tap = (message, choice, title) => send({ tap: { message: message.wamid, choice } }, title);

/** What is sent to say a message of ours again; null when this kind cannot be said again. */
export function sameAgain(message) {
  const body = message.body ?? {};
  const quote = message.quotes ? { quote: message.quotes } : {};
  switch (message.kind) {
    case 'text': return { text: body.body, ...quote };
    case 'tap': return message.quotes ? { tap: { message: message.quotes, choice: body.choice } } : null;
    case 'image': case 'audio': case 'document': return { [message.kind]: { sample: true, ...(body.caption ? { caption: body.caption } : {}) } };
    case 'location': return { location: body };
    case 'reaction': return { reaction: { message: body.message, emoji: body.emoji } };
    case 'raw': return { raw: body };
    default: return null;
  }
}

export function sayAgain(message) {
  const body = sameAgain(message);
  return body ? send(body, preview(message)) : Promise.resolve(false);
}

/** Lets the webhook of a message arrive twice more, byte for byte. */
export const redeliver = (message) => attempt(async () => {
  const { person, number } = view;
  const before = conversation().messages.length;
  const answers = [await api.deliverAgain(message.trace.webhook), await api.deliverAgain(message.trace.webhook)];
  const said = answers.map((answer) => answer.status).join(' and ');
  const good = answers.every((answer) => answer.status === 200);
  toast(good ? `Delivered twice more: ${said}. Known, so not answered again.` : `Delivered twice more: ${said}.`, !good);
  if (before) await loadConversation(person, number, true);
});

export const jump = (by) => attempt(async () => {
  await api.advanceClock(by);
  await loadState();
  await loadConversation(view.person, view.number, true);
});

export const clockBack = () => attempt(async () => { await api.resetClock(); await loadState(); await loadConversation(view.person, view.number, true); });
export const turnOn = (fault) => attempt(async () => { await api.addFault(fault); await loadState(); });
export const turnOff = (id) => attempt(async () => { await api.dropFault(id); await loadState(); });
export const turnAllOff = () => attempt(async () => { await api.dropFaults(); await loadState(); });

export const startOver = () => attempt(async () => {
  await api.reset();
  forgetAll();
  await loadState();
  await loadConversation(view.person, view.number, true);
});

/** Text to the clipboard; where the browser forbids it, says so. */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} copied.`, false);
  } catch {
    toast('The browser did not allow copying.');
  }
}
