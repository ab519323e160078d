// Where the person writes: Enter sends, and the plus opens everything that is not text.

import { send, toast } from './actions.js';
import { enterLog } from './chat.js';
import { askForLocation, askForRaw, askForReaction, firstName } from './dialogs.js';
import { byId, el, icon, redraw } from './dom.js';
import { cut, preview, title } from './format.js';
import { byWamid, changed, view } from './state.js';

const field = () => byId('field');

function sample(kind) {
  const caption = kind === 'audio' ? '' : field().value.trim();
  if (caption) clearField();
  void send({ [kind]: { sample: true, ...(caption ? { caption } : {}) } }, caption || title(kind));
}

const ITEMS = [
  ['image', 'Photo', () => sample('image')],
  ['voice', 'Voice message', () => sample('audio')],
  ['file', 'Document', () => sample('document')],
  ['pin', 'Location…', askForLocation],
  ['smile', 'Reaction…', askForReaction],
  ['stop', 'STOP', () => void send({ text: 'STOP' }, 'STOP')],
  ['code', 'Raw JSON…', askForRaw],
];

function clearField() {
  field().value = '';
  grow();
}

/** The field grows with the text, up to six lines. */
function grow() {
  field().style.setProperty('height', 'auto');
  field().style.setProperty('height', `${Math.min(field().scrollHeight + 2, 152)}px`);
}

async function submit() {
  const text = field().value;
  if (!text.trim()) return;
  const quote = view.quoting;
  const { person, number } = view;
  view.quoting = null;
  clearField();
  const good = await send({ text, ...(quote ? { quote } : {}) }, text);
  if (good) return;
  if (view.person === person && view.number === number && !field().value) {
    field().value = text;
    view.quoting = quote;
    grow();
    changed();
  } else toast(`Not sent: ${cut(text, 60)}`);
}

const drafts = new Map();
let draftOf = null;

/** Each chat keeps what was begun in it. */
function keepDraft() {
  const chat = `${view.person} ${view.number}`;
  if (chat === draftOf) return;
  if (draftOf) drafts.set(draftOf, field().value);
  draftOf = chat;
  field().value = drafts.get(chat) ?? '';
  grow();
}

function openMenu(open) {
  byId('menu').hidden = !open;
  byId('plus').setAttribute('aria-expanded', String(open));
  if (open) byId('menu').querySelector('button').focus();
}

function walkMenu(event) {
  const all = [...byId('menu').querySelectorAll('button')];
  const at = all.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (to !== undefined) { event.preventDefault(); all[(to + all.length) % all.length].focus(); }
  if (event.key === 'Escape') { event.preventDefault(); openMenu(false); byId('plus').focus(); }
  if (event.key === 'Tab') openMenu(false);
}

export function drawComposer() {
  if (!view.state) return;
  keepDraft();
  const name = firstName();
  field().placeholder = `Write as ${name}`;
  field().setAttribute('aria-label', `Write as ${name}`);
  const quoted = byWamid(view.quoting);
  redraw(byId('quoting'), [view.quoting, quoted && preview(quoted)], () => quoted && el('div', { class: 'quoting', 'data-testid': 'quoting' },
    icon('reply'), el('span', { class: 'grow clip', dir: 'auto' }, cut(preview(quoted), 90)),
    el('button', { type: 'button', class: 'bare', 'aria-label': 'Do not answer this message', on: { click: () => { view.quoting = null; changed(); field().focus(); } } }, icon('close'))));
}

function onKey(event) {
  if (event.isComposing) return;
  if (event.key === 'Enter' && !event.shiftKey) { event.preventDefault(); void submit(); }
  if (event.key === 'ArrowUp' && !field().value) { event.preventDefault(); enterLog(); }
  if (event.key === 'Escape' && view.quoting) { event.preventDefault(); view.quoting = null; changed(); }
}

export function startComposer() {
  byId('plus').append(icon('plus', 'Send something else'));
  byId('send').append(icon('send', 'Send'));
  byId('menu').append(...ITEMS.map(([name, label, act]) => el('button', {
    type: 'button', role: 'menuitem', tabindex: '-1', 'data-testid': `menu-${name}`, on: { click: () => { openMenu(false); byId('plus').focus(); act(); } },
  }, icon(name), label)));
  byId('plus').addEventListener('click', () => openMenu(byId('menu').hidden));
  byId('menu').addEventListener('keydown', walkMenu);
  document.addEventListener('pointerdown', (event) => { if (!event.target.closest('#menu, #plus')) openMenu(false); });
  byId('composer').addEventListener('submit', (event) => { event.preventDefault(); void submit(); field().focus(); });
  field().addEventListener('keydown', onKey);
  field().addEventListener('input', grow);
}
