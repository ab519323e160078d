// The fault panel: what can go wrong between Meta and us, one switch each.

import { clockBack, jump, redeliver, send, turnOff, turnOn } from './actions.js';
import { askToStartOver, firstName } from './dialogs.js';
import { byId, el, redraw } from './dom.js';
import { GROUPS, isFault } from './faults.js';
import { count, shift } from './format.js';
import { shownTab } from './layout.js';
import { conversation, selectedMessage, view } from './state.js';

let always = false;
let onlyPerson = false;

const big = (key, title, hint, handler, disabled = false) => el('button', { type: 'button', class: 'big', 'data-key': key, 'data-testid': key, disabled, on: { click: handler } },
  el('b', {}, title), el('span', { class: 'small soft' }, hint));

function flip(on, what) {
  const active = view.state.faults.find((fault) => isFault(fault, on, what));
  if (active) return turnOff(active.fault);
  return turnOn({ on, do: what, times: always ? null : 1, ...(onlyPerson ? { person: view.person } : {}) });
}

function toggle(on, [title, what, hint]) {
  const active = view.state.faults.some((fault) => isFault(fault, on, what));
  const key = `${on} ${JSON.stringify(what)}`;
  return el('li', {}, el('button', {
    type: 'button', class: 'toggle', role: 'switch', 'aria-checked': String(active), 'data-key': key, 'data-testid': `fault-${on}-${typeof what === 'string' ? what : Object.values(what)[0]}`,
    on: { click: () => flip(on, what) },
  }, el('span', { class: 'grow' }, el('b', {}, title), el('span', { class: 'small soft' }, hint)), el('span', { class: 'knob', 'aria-hidden': 'true' })));
}

const radio = (label, value, checked, change) => el('label', {}, el('input', { type: 'radio', name: 'times', value, checked, 'data-key': `times ${value}`, on: { change } }), label);

/** The newest message of ours whose webhook can be delivered once more. */
const deliverable = () => [selectedMessage(), ...conversation().messages.toReversed()].find((one) => one?.direction === 'in' && one.trace?.webhook?.body && one.trace.webhook.signature);

export function drawTrouble() {
  if (!view.state) return;
  const faults = view.state.faults;
  byId('tab-trouble').textContent = faults.length ? `Trouble · ${faults.length} on` : 'Trouble';
  if (shownTab() !== 'trouble') return;
  const again = deliverable();
  const ahead = shift(view.state.clock.offset_ms);
  redraw(byId('trouble'), [faults, ahead, view.person, again?.n ?? null, always, onlyPerson, firstName()], () => [
    el('h2', { class: 'group' }, 'Time and chat'),
    el('div', { class: 'bigs' },
      big('clock-11m', '+11 min', 'What waits is looked at; twice settles an unknown send.', () => jump('11m')),
      big('clock-25h', '+25 h', 'The window of every chat closes.', () => jump('25h')),
      big('stop', 'STOP', `${firstName()} sends “STOP”. Only a word: this version has no consent.`, () => send({ text: 'STOP' }, 'STOP')),
      big('redeliver', 'Redeliver', again ? 'The same webhook, twice more.' : 'Needs a message of yours.', () => redeliver(deliverable()), !again),
      big('start-over', 'Start over', 'Forget chats, faults, clock. New people.', askToStartOver),
      ahead && big('clock-back', 'Clock back', `It is ${ahead} ahead now.`, clockBack)),
    el('h2', { class: 'group', id: 'times-label' }, 'A switch works'),
    el('div', { class: 'times', role: 'radiogroup', 'aria-labelledby': 'times-label' },
      radio('the next time', 'once', !always, () => { always = false; }),
      radio('until I turn it off', 'always', always, () => { always = true; })),
    el('label', { class: 'times' }, el('input', { type: 'checkbox', checked: onlyPerson, 'data-key': 'only', on: { change: (event) => { onlyPerson = event.target.checked; } } }), `only for ${firstName()}`),
    GROUPS.map(([title, on, entries]) => [el('h2', { class: 'group' }, title), el('ul', { class: 'toggles', 'aria-label': title }, entries.map((entry) => toggle(on, entry)))]),
    el('p', { class: 'small soft end' }, `${count(faults.length, 'switch', 'switches')} on. The same by POST /simulator/faults.`),
  ]);
}
