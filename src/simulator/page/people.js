// The left column: whom we play, and which number of the business we write to.

import { byId, el, icon, redraw } from './dom.js';
import { hue, initials, personDetail, personName, preview, cut } from './format.js';
import { askForPerson } from './dialogs.js';
import { closeSheet } from './layout.js';
import { conversation, switchTo, unread, view } from './state.js';

/** The square with initials. */
export const face = (person, small = false) =>
  el('span', { class: `face hue-${hue(person.person)}${small ? ' small-face' : ''}`, 'aria-hidden': 'true' }, initials(person));

function lastWords(person) {
  if (person.person === view.person) {
    const last = conversation().messages.at(-1);
    if (last) return cut(preview(last), 32);
  }
  const own = person.conversations.find((one) => one.number === view.number) ?? person.conversations.find((one) => one.last);
  return own?.last ? cut(own.last.preview ?? '', 32) : '';
}

function row(person) {
  const waiting = unread(person);
  const words = lastWords(person);
  return el('li', {},
    el('button', {
      type: 'button', class: 'person', 'data-key': `person ${person.person}`, 'data-testid': 'person', 'data-person': person.person,
      'aria-current': person.person === view.person ? 'true' : null,
      on: { click: () => { switchTo(person.person, view.number); closeSheet(); } },
    },
    face(person),
    el('span', { class: 'grow' },
      el('b', { class: 'clip' }, el('bdi', {}, personName(person))),
      el('span', { class: 'clip small soft' }, personDetail(person)),
      words && el('span', { class: 'clip small faint' }, el('bdi', {}, words))),
    waiting > 0 && el('span', { class: 'count' }, String(waiting), el('span', { class: 'unseen' }, ' new'))));
}

function numbers() {
  return el('fieldset', { class: 'numbers' },
    el('legend', {}, 'Writing to'),
    view.state.numbers.map((one) => el('label', {},
      el('input', {
        type: 'radio', name: 'number', value: one.nick, checked: one.nick === view.number, 'data-key': `number ${one.nick}`,
        on: { change: () => switchTo(view.person, one.nick) },
      }),
      el('span', { class: 'grow' }, el('b', { class: 'clip' }, one.nick), el('span', { class: 'small soft' }, one.display)))));
}

export function drawPeople() {
  const { state } = view;
  if (!state) return;
  const seen = [state.people.map((one) => [one.person, one.name, personDetail(one), unread(one), lastWords(one)]), state.numbers, view.person, view.number];
  redraw(byId('people-body'), seen, () => [
    el('div', { class: 'people-head' },
      el('h2', {}, 'You are'),
      el('button', { type: 'button', class: 'bare', 'data-key': 'add', 'data-testid': 'add-person', on: { click: askForPerson } }, icon('plus'), 'Person'),
      el('button', { type: 'button', class: 'bare close-sheet', 'data-key': 'close', 'aria-label': 'Close', on: { click: closeSheet } }, icon('close'))),
    el('ul', {}, state.people.map(row)),
    numbers(),
  ]);
}
