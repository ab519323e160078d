// What the page knows, and the loading of it. Views read `view` and are drawn again after each change.

import * as api from './api.js';

export const view = {
  state: null, // the answer of /simulator/state
  person: null, // id of whom we play
  number: null, // nick of the business number we write to
  selected: null, // n of the message that Why tells of
  follow: true, // Why goes along with the newest message
  quoting: null, // wamid that the next text answers
  online: null, // null: not known yet
  sending: [], // our messages that are on their way to the simulator: [{person, number, text}]
  clockAhead: 0, // milliseconds from the browser's clock to the bot's
};

const conversations = new Map();
const seen = new Map();
const drawers = [];
let drawing = false;
let pressed = false;

/** Calls `draw` soon after every change. */
export const onChange = (draw) => drawers.push(draw);

/** Something in `view` changed: draw once, after the current work; while a pointer is down, after it is up, or its click would be lost. */
export function changed() {
  if (drawing) return;
  drawing = true;
  if (!pressed) setTimeout(drawAll, 0);
}

function drawAll() {
  drawing = false;
  for (const draw of drawers) draw();
}

function press(down) {
  pressed = down;
  if (!down && drawing) setTimeout(drawAll, 0);
}

document.addEventListener('pointerdown', () => press(true), { capture: true, passive: true });
for (const end of ['pointerup', 'pointercancel', 'dragend']) document.addEventListener(end, () => press(false), { capture: true, passive: true });
window.addEventListener('blur', () => press(false));

const key = (person, number) => `${person} ${number}`;

/** The conversation on the page: its messages in order, whether it is loaded, and what surrounds them. */
export function conversation() {
  return conversations.get(key(view.person, view.number)) ?? { messages: [], loaded: false, typing: false, billed: 0, window_closes: null, read_up_to: null };
}

export const person = () => view.state?.people.find((one) => one.person === view.person) ?? null;
export const number = () => view.state?.numbers.find((one) => one.nick === view.number) ?? null;
export const message = (n) => conversation().messages.find((one) => one.n === n) ?? null;
export const byWamid = (wamid) => (wamid ? conversation().messages.find((one) => one.wamid === wamid) ?? null : null);
export const selectedMessage = () => message(view.selected);
/** The bot's present time in milliseconds. */
export const now = () => Date.now() + view.clockAhead;

/** How many messages of a person wait to be looked at. */
export function unread(one) {
  return one.conversations.reduce((sum, each) => {
    if (one.person === view.person && each.number === view.number) return sum;
    return sum + Math.max(0, each.cursor - (seen.get(key(one.person, each.number)) ?? 0));
  }, 0);
}

/** Selects a message; null follows the newest. */
export function select(n) {
  const newest = conversation().messages.at(-1);
  view.follow = n === null || n === newest?.n;
  view.selected = n ?? newest?.n ?? null;
  changed();
}

/** Plays another person or writes to another number. */
export function switchTo(personId, nick) {
  if (personId === view.person && nick === view.number) return;
  Object.assign(view, { person: personId, number: nick, selected: null, follow: true, quoting: null });
  remember();
  changed();
  void loadConversation(personId, nick, true);
}

function remember() {
  history.replaceState(null, '', `#${encodeURIComponent(view.person ?? '')}/${encodeURIComponent(view.number ?? '')}`);
}

function choose() {
  const [wantedPerson, wantedNumber] = location.hash.slice(1).split('/').map((part) => { try { return decodeURIComponent(part); } catch { return ''; } });
  const { people, numbers } = view.state;
  const keep = (list, field, ...wanted) => wanted.find((id) => list.some((one) => one[field] === id)) ?? list[0]?.[field] ?? null;
  const before = key(view.person, view.number);
  view.person = keep(people, 'person', view.person, wantedPerson);
  view.number = keep(numbers, 'nick', view.number, wantedNumber);
  if (key(view.person, view.number) === before) return;
  Object.assign(view, { selected: null, follow: true, quoting: null });
  remember();
}

/** Reads people, bot, clock and faults. Several calls at once become one after the other, never more. */
export const loadState = single(async () => {
  const first = view.state === null;
  const state = await api.readState();
  if (first) for (const one of state.people) for (const each of one.conversations) seen.set(key(one.person, each.number), each.cursor);
  for (const one of state.people) for (const each of one.conversations) if (each.cursor < (seen.get(key(one.person, each.number)) ?? 0)) seen.set(key(one.person, each.number), 0);
  view.state = state;
  view.clockAhead = Date.parse(state.clock.now) - Date.now();
  choose();
  online(true);
});

/** Reads what is new in a conversation; all of it when `whole`. */
export function loadConversation(personId, nick, whole = false) {
  if (!personId || !nick) return Promise.resolve();
  const id = key(personId, nick);
  const have = conversations.get(id) ?? start(id);
  have.whole ||= whole;
  have.load ??= single(() => readInto(have, personId, nick));
  return have.load();
}

function start(id) {
  const fresh = { messages: [], loaded: false, typing: false, billed: 0, window_closes: null, read_up_to: null, whole: true };
  conversations.set(id, fresh);
  return fresh;
}

async function readInto(have, personId, nick) {
  const after = have.whole ? 0 : firstUnfinished(have.messages) - 1;
  have.whole = false;
  const answer = await api.readConversation(personId, nick, Math.max(0, after));
  have.messages = merge(have.messages, answer.messages, after);
  Object.assign(have, { loaded: true, typing: answer.typing, billed: answer.billed, window_closes: answer.window_closes, read_up_to: answer.read_up_to, settled: answer.settled });
  if (personId === view.person && nick === view.number) {
    seen.set(key(personId, nick), Math.max(answer.cursor ?? 0, have.messages.at(-1)?.n ?? 0));
    if (view.follow || message(view.selected) === null) view.selected = have.messages.at(-1)?.n ?? null;
  }
  if (answer.typing) setTimeout(() => void loadConversation(personId, nick), TYPING_LOOK_MS);
  look(personId, nick, have);
  online(true);
}

/** Typing ends without an event. */
const TYPING_LOOK_MS = 3000;

/** A person sees a message this long before it counts as read: two grey ticks are to be seen too. */
const LOOKING_MS = 900;

let looking = null;

/** What is on the page is looked at. */
function look(personId, nick, have) {
  const isHere = () => personId === view.person && nick === view.number && document.visibilityState === 'visible';
  const delivered = have.messages.filter((one) => one.direction === 'out' && one.status === 'delivered');
  if (looking || !isHere() || !delivered.length) return;
  looking = setTimeout(() => {
    looking = null;
    // When it fails, the next change of the chat tries again.
    if (isHere()) api.markRead(personId, nick).catch(() => {});
    else look(view.person, view.number, conversation());
  }, LOOKING_MS);
}

document.addEventListener('visibilitychange', () => look(view.person, view.number, conversation()));

const FINAL = ['read', 'played', 'failed'];

/** The first message that can still change: statuses and decisions arrive after the message itself. */
function firstUnfinished(messages) {
  const recent = messages.at(-1)?.n ?? 0;
  const open = messages.find((one) => one.n > recent - 40 && !(one.direction === 'out' ? FINAL.includes(one.status) : one.trace?.turn || one.trace?.silence));
  return Math.min(open?.n ?? recent + 1, recent - 5);
}

/** Keeps the old object where nothing changed, so that views can compare by identity. */
function merge(old, fresh, after) {
  const before = new Map(old.map((one) => [one.n, one]));
  const kept = old.filter((one) => one.n <= after);
  const news = fresh.filter((one) => one.n > after).map((one) => {
    const known = before.get(one.n);
    return known && JSON.stringify(known) === JSON.stringify(one) ? known : one;
  });
  return [...kept, ...news].sort((a, b) => a.n - b.n);
}

/** Forgets all conversations: the simulator was reset. */
export function forgetAll() {
  conversations.clear();
  seen.clear();
  Object.assign(view, { selected: null, follow: true, quoting: null, sending: [] });
}

export function online(is) {
  view.online = is;
  changed();
}

/** One run at a time; a call during a run makes exactly one more run after it. */
function single(work) {
  let running = null;
  let again = false;
  return function run() {
    if (running) { again = true; return running; }
    running = (async () => {
      do { again = false; await work(); } while (again);
    })().catch((problem) => {
      if (problem.code === 'offline') online(false);
      else if (problem.code === 'no_such_person') void loadState();
      else console.warn(problem.message);
    }).finally(() => { running = null; });
    return running;
  };
}

/** Loads what this page does not have yet, and all of it again when the simulator was reset under it. */
function catchUp() {
  const known = conversation().messages.at(-1)?.n ?? 0;
  const there = person()?.conversations.find((one) => one.number === view.number)?.cursor ?? 0;
  if (conversation().loaded && there === known) return undefined;
  return loadConversation(view.person, view.number, there < known || !conversation().loaded);
}

/** Keeps the page up to date from now on. */
export function connect() {
  api.listen({
    open: () => { void loadState().then(() => loadConversation(view.person, view.number, true)); },
    lost: () => online(false),
    state: () => { void loadState().then(catchUp); },
    changed: (event) => {
      if (event.person !== view.person || event.number !== view.number) { void loadState(); return; }
      conversation().typing = event.typing;
      changed();
      void loadConversation(event.person, event.number);
    },
  });
}
