// The middle: the head with the window clock, the strip of active faults, and the log that one can walk through by keyboard.

import { send, turnOff, turnAllOff } from './actions.js';
import { firstName } from './dialogs.js';
import { byId, el, icon, morph, redraw } from './dom.js';
import { faultName, faultUse } from './faults.js';
import { day, hoursAndMinutes, personName, preview, textOf, cut } from './format.js';
import { openPanel, openSheet, isSheet, showTab } from './layout.js';
import { item } from './message.js';
import { face } from './people.js';
import { heldUpBy, isTriedLater } from './story.js';
import { conversation, now, number, person, select, view } from './state.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const NEAR_BOTTOM = 60;

/** What the window clock says: {kind, text, left 0–1}. */
function windowClock() {
  const { window_closes: closes, messages } = conversation();
  if (!closes) return messages.length ? { kind: 'closed', strong: 'closed', left: 0 } : { kind: 'none', strong: 'not open yet', left: 0 };
  const left = Date.parse(closes) - now();
  if (left <= 0) return { kind: 'closed', strong: 'closed', left: 0 };
  return { kind: left < 3600000 ? 'short' : 'open', strong: hoursAndMinutes(left), left: Math.min(1, left / DAY_MS) };
}

const WINDOW_HINT = 'For 24 hours after a person wrote, the bot may answer freely; after that only with a template.';

function drawHead() {
  const who = person();
  if (!who) return;
  const clock = windowClock();
  const { billed } = conversation();
  const faults = view.state.faults.length;
  redraw(byId('chat-head'), [who.person, who.name, who.username, number(), clock, billed, faults], () => el('div', { class: 'chat-head' },
    el('button', { type: 'button', class: 'who', 'data-key': 'who', 'data-testid': 'who', 'aria-label': `You are ${personName(who)}. Change`, on: { click: () => openSheet('people') } },
      face(who), el('span', { class: 'grow' },
        el('span', { class: 'clip' }, el('span', { class: 'soft' }, 'You are '), el('b', {}, el('bdi', {}, personName(who)))),
        el('span', { class: 'clip small soft' }, `to ${number()?.nick ?? '…'} · ${number()?.display ?? ''}`))),
    el('div', { class: `window window-${clock.kind}`, 'data-testid': 'window', title: WINDOW_HINT },
      el('span', { class: 'small soft' }, 'Window ', el('b', {}, clock.strong), ['open', 'short'].includes(clock.kind) && ' left'),
      el('span', { class: 'bar', 'aria-hidden': 'true' }, el('span', { class: 'fill', style: { '--left': `${(clock.left * 100).toFixed(1)}%` } }))),
    el('span', { class: 'pill money', 'data-testid': 'billed-count', title: 'Messages of this chat that Meta would bill' }, icon('coin'), el('b', {}, String(billed ?? 0)), ' billed'),
    el('div', { class: 'head-buttons' },
      el('button', { type: 'button', class: 'bare', 'data-key': 'head why', 'data-testid': 'open-why', 'aria-label': 'Why', on: { click: () => openPanel('why') } }, icon('steps')),
      el('button', { type: 'button', class: 'bare', 'data-key': 'head trouble', 'data-testid': 'open-trouble', 'aria-label': `Trouble, ${faults} on`, on: { click: () => openPanel('trouble') } },
        icon('bolt'), faults > 0 && el('span', { class: 'badge', 'aria-hidden': 'true' }, String(faults))))));
}

/** So many switches stand over the chat; the others are a click away. */
const STRIP = 2;

function drawStrip() {
  const faults = view.state?.faults ?? [];
  redraw(byId('strip'), faults, () => faults.length > 0 && el('div', { class: 'strip' },
    icon('bolt'),
    el('ul', { class: 'grow' }, faults.slice(0, STRIP).map((fault) => el('li', {},
      el('span', {}, el('b', {}, faultName(fault)), `, ${faultUse(fault)}`),
      el('button', { type: 'button', class: 'bare', 'data-key': `off ${fault.fault}`, 'data-testid': 'fault-off', 'aria-label': `Turn off: ${faultName(fault)}`, on: { click: () => turnOff(fault.fault) } }, 'Turn off')))),
    faults.length > STRIP && el('button', { type: 'button', class: 'bare', 'data-key': 'more faults', 'data-testid': 'more-faults', on: { click: () => openPanel('trouble') } }, `+${faults.length - STRIP} more`),
    faults.length > 1 && el('button', { type: 'button', class: 'bare', 'data-key': 'off all', on: { click: turnAllOff } }, 'All off')));
}

const turnOf = (message) => message.trace?.turn ?? null;

/** How each message stands to its neighbours: bracket of a turn, taps and reactions that came later. */
function surroundings(messages) {
  const reactions = new Map();
  const taps = new Map();
  for (const one of messages) {
    if (one.kind === 'reaction' && one.body?.message) reactions.set(one.body.message, one.body.emoji);
    if (one.kind === 'tap' && one.quotes) taps.set(one.quotes, [...(taps.get(one.quotes) ?? []), one.body.choice]);
  }
  const chosenTurn = messages.find((one) => one.n === view.selected);
  return messages.map((one, index) => {
    const before = messages[index - 1];
    const after = messages[index + 1];
    const joins = (other) => Boolean(other && one.direction === 'in' && other.direction === 'in' && turnOf(one) && turnOf(one) === turnOf(other));
    return {
      selected: one.n === view.selected,
      same: Boolean(chosenTurn && turnOf(one) && turnOf(one) === turnOf(chosenTurn)),
      joined: Boolean(before && before.direction === one.direction && day(before.at) === day(one.at)),
      turn: joins(before) ? (joins(after) ? 'turn-middle' : 'turn-last') : joins(after) ? 'turn-first' : '',
      members: one.trace?.members?.length || messages.filter((other) => other.direction === 'in' && turnOf(other) === turnOf(one)).length,
      tapped: taps.get(one.wamid) ?? [],
      reactions: reactions.get(one.wamid) ?? '',
    };
  });
}

const drawn = new Map();
let shownChat = null;
let lastSpoken = 0;
let below = 0;
let stuck = true; // whether the newest message is in view: measured when a person scrolls, not after the frame changed its size

/** What, beside the message itself, changes how it looks: quotes point to others, read receipts come later. */
const lookOf = (one, flags) => JSON.stringify([flags, one.direction === 'in' && conversation().read_up_to, heldUpBy(one, conversation().messages), isTriedLater(one, conversation().messages)]);

function pick(message, event) {
  if (event.target.closest('button')) return;
  if (String(getSelection())) return;
  select(message.n);
  showTab('why');
  if (isSheet('panel') && event.type === 'click') { byId('log').querySelector(`[data-n="${message.n}"] .bubble`)?.focus({ preventScroll: true }); openPanel('why'); }
}

const morphed = (known, fresh) => (known ? morph(known.node, fresh) : fresh);

function itemsOf(messages) {
  const around = surroundings(messages);
  const alive = new Set();
  const items = [];
  messages.forEach((one, index) => {
    if (!index || day(messages[index - 1].at) !== day(one.at)) items.push(separator(day(one.at)));
    const look = lookOf(one, around[index]);
    const known = drawn.get(one.n);
    const keep = known && known.message === one && known.look === look;
    const node = keep ? known.node : morphed(known, item(one, around[index], { click: (event) => pick(one, event), keydown: (event) => walk(one, event) }));
    drawn.set(one.n, { message: one, look, node });
    alive.add(one.n);
    items.push(node);
  });
  for (const n of drawn.keys()) if (!alive.has(n)) drawn.delete(n);
  return items;
}

const separators = new Map();
function separator(text) {
  if (!separators.has(text)) separators.set(text, el('li', { class: 'day' }, el('span', {}, text)));
  return separators.get(text);
}

const sending = () => view.sending.filter((one) => one.person === view.person && one.number === view.number)
  .map((one) => el('li', { class: 'item in joined sending' }, el('div', { class: 'bubble' }, el('div', { class: 'inside' }, el('p', { class: 'words body', dir: 'auto' }, one.text || '…'), el('p', { class: 'meta' }, icon('clock', 'sending'))))));

const typing = () => (conversation().typing ? el('li', { class: 'item out typing', 'data-testid': 'typing' }, el('div', { class: 'bubble' }, el('span', { class: 'unseen' }, 'The bot is typing'), el('i'), el('i'), el('i'))) : null);

function empty() {
  const starters = ['hello', 'menu'];
  return el('li', { class: 'empty', 'data-testid': 'empty' },
    el('h2', {}, `Write to the bot as ${firstName()}.`),
    el('p', { class: 'soft' }, 'What you send arrives as a signed webhook, as from Meta. Select any message to see why it was answered as it was.'),
    el('p', { class: 'starters' }, starters.map((word) => el('button', { type: 'button', 'data-key': `start ${word}`, 'data-testid': 'starter', on: { click: () => { byId('field').focus(); void send({ text: word }, word); } } }, word))));
}

/** Says each new message once; history and redraws are silent. */
function speak(messages, fresh) {
  const newest = messages.at(-1)?.n ?? 0;
  if (fresh || newest < lastSpoken) lastSpoken = newest;
  for (const one of messages) {
    if (one.n <= lastSpoken || one.direction !== 'out') continue;
    const buttons = one.kind === 'buttons' ? `. Buttons: ${(one.body.buttons ?? []).map((each) => textOf(each.title)).join(', ')}` : '';
    byId('spoken').append(el('p', {}, `Bot: ${cut(preview(one), 600)}${buttons}`));
  }
  lastSpoken = Math.max(lastSpoken, newest);
  while (byId('spoken').children.length > 20) byId('spoken').firstChild.remove();
}

/** Puts `wanted` into the list; nodes that stay are not moved, so that focus and selection of text survive. */
function place(list, wanted) {
  let at = list.firstChild;
  for (const node of wanted) {
    if (node === at) { at = at.nextSibling; continue; }
    if (at && !wanted.includes(at)) { const old = at; at = at.nextSibling; old.replaceWith(node); } else list.insertBefore(node, at);
  }
  while (at) { const next = at.nextSibling; at.remove(); at = next; }
}

function toBottom() {
  const log = byId('log');
  log.scrollTop = log.scrollHeight;
  stuck = true;
  below = 0;
  byId('newer').hidden = true;
}

function drawLog() {
  const log = byId('log');
  const { messages, loaded } = conversation();
  const chat = `${view.person} ${view.number}`;
  const fresh = chat !== shownChat;
  if (fresh) { drawn.clear(); shownChat = loaded ? chat : null; }
  const arrived = messages.filter((one) => one.n > lastSpoken && one.direction === 'out').length;
  const focusedKey = log.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const waiting = sending();
  place(log, [...itemsOf(messages), ...waiting, loaded && !messages.length && !waiting.length ? empty() : null, typing()].filter(Boolean));
  if (focusedKey && !log.contains(document.activeElement)) {
    (log.querySelector(`[data-key="${CSS.escape(focusedKey)}"]`) ?? log.querySelector('.bubble[tabindex="0"]') ?? byId('field')).focus({ preventScroll: true });
  }
  if (loaded) speak(messages, fresh);
  if (fresh || stuck || waiting.length) toBottom(); else below += arrived;
  byId('newer').hidden = below === 0;
  byId('newer').replaceChildren(icon('down'), ` ${below} new`);
}

/** Up, down, home and end walk the messages and Why goes along; Enter goes inside, Escape goes back. */
function walk(message, event) {
  const inside = event.target.closest('button.choice');
  const item = event.currentTarget;
  if (inside) {
    const all = [...item.querySelectorAll('button.choice:enabled')];
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step) { event.preventDefault(); all[(all.indexOf(inside) + step + all.length) % all.length].focus(); }
    if (event.key === 'Escape') { event.preventDefault(); item.focus(); }
    return;
  }
  const { messages } = conversation();
  const at = messages.findIndex((one) => one.n === message.n);
  const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: messages.length - 1 }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    if (to >= messages.length) byId('field').focus();
    else if (to >= 0) enterLog(messages[to].n);
  } else if (event.key === 'Enter') {
    event.preventDefault();
    const first = item.querySelector('button.choice:enabled');
    if (first) first.focus(); else { openPanel('why'); if (!isSheet('panel')) byId('why').focus(); }
  } else if (event.key === 'Escape') {
    event.preventDefault();
    byId('field').focus();
  }
}

/** Moves the focus to a message: the given one, else the selected, else the newest. */
export function enterLog(n = view.selected ?? conversation().messages.at(-1)?.n) {
  if (n === null || n === undefined) return;
  select(n);
  setTimeout(() => byId('log').querySelector(`[data-n="${n}"] .bubble`)?.focus(), 0);
}

export function drawChat() {
  if (!view.state) return;
  drawHead();
  drawStrip();
  drawLog();
}

export function startChat() {
  const log = byId('log');
  byId('newer').addEventListener('click', () => { toBottom(); byId('field').focus(); });
  let height = log.clientHeight;
  log.addEventListener('scroll', () => {
    if (log.clientHeight !== height) return;
    stuck = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_BOTTOM;
    if (stuck && below) toBottom();
  }, { passive: true });
  new ResizeObserver(() => { height = log.clientHeight; if (stuck) toBottom(); }).observe(log);
}
