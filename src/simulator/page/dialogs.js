// Questions that need an answer before anything else: the rows of a list, a new person, a location, a reaction, raw JSON, starting over.

import * as api from './api.js';
import { attempt, send, startOver, tap, toast } from './actions.js';
import { byId, el, icon } from './dom.js';
import { count, cut, preview, textOf } from './format.js';
import { conversation, loadState, person, selectedMessage, switchTo, view } from './state.js';

/** Opens a dialog; focus returns to what opened it. `content(close)` builds the inside. */
export function showDialog(title, testId, content) {
  const opener = document.activeElement;
  const dialog = el('dialog', { 'aria-labelledby': 'dialog-title', 'data-testid': testId });
  const close = () => dialog.close();
  dialog.append(
    el('div', { class: 'dialog-head' }, el('h2', { id: 'dialog-title', dir: 'auto' }, title),
      el('button', { type: 'button', class: 'bare', 'aria-label': 'Close', on: { click: close } }, icon('close'))),
    ...[content(close)].flat());
  dialog.addEventListener('click', (event) => { if (event.target === dialog) close(); });
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (document.activeElement !== document.body && document.activeElement !== null) return;
    const back = opener?.isConnected ? opener : document.querySelector(`[data-key="${CSS.escape(opener?.dataset?.key ?? '-')}"]`);
    (back ?? byId('field')).focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  const first = dialog.querySelector('[data-first]');
  first?.focus();
  if (first?.tagName === 'TEXTAREA') { first.setSelectionRange(0, 0); first.scrollTop = 0; }
}

const field = (label, attributes, hint) => el('label', { class: 'field' }, el('span', {}, label), el('input', attributes), hint && el('span', { class: 'small soft' }, hint));

function form(submit, label, ...children) {
  return el('form', { class: 'dialog-form', on: { submit: (event) => { event.preventDefault(); void submit(new FormData(event.target)); } } },
    ...children, el('div', { class: 'dialog-actions' }, el('button', { type: 'submit', class: 'main' }, label)));
}

/** The sheet of a list message: its sections and rows. */
export function showList(message) {
  const body = message.body ?? {};
  let first = true;
  showDialog(textOf(body.button) || 'Choose', 'list-sheet', (close) => (body.sections ?? []).map((section) => el('section', { class: 'rows' },
    section.title && el('h3', { dir: 'auto' }, textOf(section.title)),
    (section.rows ?? []).map((row) => {
      const lead = first;
      first = false;
      return el('button', {
        type: 'button', class: 'row-choice', 'data-first': lead, 'data-testid': 'row', 'data-choice': row.id,
        on: { click: () => { close(); void tap(message, row.id, textOf(row.title)); } },
      }, el('b', { dir: 'auto' }, textOf(row.title)), row.description && el('span', { class: 'small soft', dir: 'auto' }, textOf(row.description)));
    }))));
}

/** A new person: with a phone number, or with a username alone. */
export function askForPerson() {
  const problem = el('p', { class: 'bad-text small', role: 'alert', 'data-testid': 'problem' });
  const tell = (text) => { problem.textContent = text; };
  showDialog('Add a person', 'person-dialog', (close) => form(async (data) => {
    const value = (name) => String(data.get(name) ?? '').trim() || null;
    const phone = value('phone')?.replace(/[\s().-]/g, '') ?? null;
    const username = value('username')?.replace(/^@/, '') ?? null;
    if (!phone && !username) { tell('A person needs a phone number or a username.'); return; }
    const good = await attempt(async () => {
      const added = await api.addPerson({ name: value('name'), phone, ...(username ? { username } : {}) });
      await loadState();
      switchTo(added.person, view.number);
    }, tell);
    if (good) { close(); byId('field').focus(); }
  }, 'Add',
  field('Name', { name: 'name', maxlength: '80', 'data-first': true }, 'May stay empty: not everybody has a profile name.'),
  field('Phone', { name: 'phone', type: 'tel', placeholder: '+27 82 123 4567' }, 'With + and country code.'),
  field('Username', { name: 'username', maxlength: '40' }, 'Without a phone, the bot knows the person by a user id only.'),
  problem));
}

export function askForLocation() {
  showDialog('Send a location', 'location-dialog', (close) => form((data) => {
    const location = { latitude: Number(data.get('latitude')), longitude: Number(data.get('longitude')) };
    const name = String(data.get('name') ?? '').trim();
    close();
    return send({ location: name ? { ...location, name } : location }, 'Location');
  }, 'Send',
  el('div', { class: 'two' },
    field('Latitude', { name: 'latitude', type: 'number', step: 'any', min: '-90', max: '90', required: true, value: '-33.9249', 'data-first': true }),
    field('Longitude', { name: 'longitude', type: 'number', step: 'any', min: '-180', max: '180', required: true, value: '18.4241' })),
  field('Name', { name: 'name', maxlength: '100', value: 'City Hall' })));
}

/** A reaction to a message of the bot: the selected one, else the newest. */
export function askForReaction() {
  const chosen = selectedMessage();
  const target = chosen?.direction === 'out' && chosen.wamid ? chosen : conversation().messages.findLast((one) => one.direction === 'out' && one.wamid);
  if (!target) { toast('There is no message to react to yet.'); return; }
  const names = { '👍': 'thumbs up', '❤️': 'heart', '😂': 'laughing', '😮': 'surprised', '😢': 'sad', '🙏': 'thanks' };
  showDialog('React', 'reaction-dialog', (close) => [
    el('p', { class: 'soft dialog-text', dir: 'auto' }, `To: ${cut(preview(target), 80)}`),
    el('div', { class: 'emoji' }, Object.entries(names).map(([emoji, name], index) => el('button', {
      type: 'button', 'aria-label': name, 'data-first': index === 0,
      on: { click: () => { close(); void send({ reaction: { message: target.wamid, emoji } }, emoji); } },
    }, emoji))),
    el('div', { class: 'dialog-actions' }, el('button', {
      type: 'button', on: { click: () => { close(); void send({ reaction: { message: target.wamid, emoji: '' } }, 'Reaction taken back'); } },
    }, 'Take it back')),
  ]);
}

const RAW_SAMPLE = { type: 'contacts', contacts: [{ name: { formatted_name: 'Sam Example', first_name: 'Sam' }, phones: [{ phone: '+1 555 010 0199', type: 'CELL' }] }] };

/** Any message object, as Meta would put it into `messages[]`. */
export function askForRaw() {
  showDialog('Send raw JSON', 'raw-dialog', (close) => {
    const problem = el('p', { class: 'bad-text small', role: 'alert' });
    const text = el('textarea', { name: 'raw', rows: '12', class: 'code', spellcheck: 'false', 'data-first': true, 'aria-label': 'The message object' });
    text.value = JSON.stringify(RAW_SAMPLE, null, 2);
    return form(async () => {
      let raw;
      try { raw = JSON.parse(text.value); } catch (mistake) { problem.textContent = mistake.message; text.focus(); return; }
      close();
      await send({ raw }, 'Raw JSON');
    }, 'Send', el('p', { class: 'soft small' }, 'One entry of messages[] of a webhook, as it stands here; id, from and timestamp are filled in where they are left out. Good for types that the simulator does not know.'), text, problem);
  });
}

export function askToStartOver() {
  const chats = view.state?.people.length ?? 0;
  showDialog('Start over?', 'reset-dialog', (close) => [
    el('p', { class: 'dialog-text' }, `The chats of ${count(chats, 'person', 'people')}, the faults and the shifted clock are forgotten. Ann and Sam come back with other phone numbers and user ids: Wabridge keeps what it has stored, and must take them for new people. (wabridge dev --fresh forgets that too.) bot.yaml stays.`),
    el('div', { class: 'dialog-actions' },
      el('button', { type: 'button', 'data-first': true, on: { click: close } }, 'Keep'),
      el('button', { type: 'button', class: 'danger', on: { click: () => { close(); void startOver(); } } }, 'Start over')),
  ]);
}

/** The name to speak of the person on the page. */
export const firstName = () => (person()?.name ?? '').split(/\s+/)[0] || (person()?.username ? `@${person().username}` : 'this person');
