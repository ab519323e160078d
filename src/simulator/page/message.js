// One message: its bubble, its ticks, and the line under it. Chat places it; this file knows the kinds.

import { tap } from './actions.js';
import { showList } from './dialogs.js';
import { el, icon } from './dom.js';
import { cut, duration, preview, textOf, time, title } from './format.js';
import { rich } from './rich.js';
import { againAfter, heldUpBy, isSentAgain, isTriedLater, timeSpent } from './story.js';
import { byWamid, conversation, message as newest } from './state.js';

const text = (value, kind = 'body') => (textOf(value) ? el('p', { class: `words ${kind}`, dir: 'auto' }, kind === 'body' ? rich(textOf(value)) : textOf(value)) : null);

const card = (name, heading, detail) => el('div', { class: `card card-${name}` }, icon(name),
  el('span', { class: 'grow' }, el('b', { dir: 'auto' }, heading), detail && el('span', { class: 'small soft', dir: 'auto' }, detail)));

const picture = () => el('div', { class: 'picture', 'aria-hidden': 'true' });

function media(kind, body) {
  const file = textOf(body.filename) || textOf(body.link) || (body.id ? `media ${body.id}` : '');
  switch (kind) {
    case 'image': case 'sticker': return [picture(), text(body.caption), !body.caption && file && text(file, 'foot')];
    case 'video': return [card('image', 'Video', file), text(body.caption)];
    case 'audio': return [el('div', { class: 'card card-voice' }, icon('voice'), el('span', { class: 'wave', 'aria-hidden': 'true' }), el('span', { class: 'small soft' }, body.voice ? 'Voice message' : 'Audio'))];
    default: return [card('file', file || 'Document', body.filename ? 'Document' : null), text(body.caption)];
  }
}

function location(body) {
  const place = `${Number(body.latitude).toFixed(4)}, ${Number(body.longitude).toFixed(4)}`;
  return [el('div', { class: 'map', 'aria-hidden': 'true' }, icon('pin')), text(body.name, 'head') ?? text('Location', 'head'), text(body.address, 'foot'), text(place, 'foot')];
}

function template(body) {
  const values = (body.components ?? []).flatMap((component) => (component.parameters ?? []).map((parameter) => textOf(parameter)));
  return [text(`Template · ${textOf(body.language?.code ?? body.language)}`, 'foot'), text(body.name, 'head'), values.length > 0 && text(values.join(' · '))];
}

function interactive(body) {
  return [text(body.header, 'head') ?? (body.header && text(title(body.header.type ?? 'header'), 'foot')), text(body.body ?? body.text), text(body.footer, 'foot')];
}

function inside(message) {
  const body = message.body ?? {};
  switch (message.kind) {
    case 'text': return [text(body.body)];
    case 'tap': return [text(body.title ?? body.choice)];
    case 'image': case 'video': case 'audio': case 'document': case 'sticker': return media(message.kind, body);
    case 'location': return location(body);
    case 'template': return template(body);
    case 'reaction': return [text(body.emoji ? `Reacted ${body.emoji}` : 'Took the reaction back')];
    case 'buttons': case 'list': case 'link': return interactive(body);
    default: return [text(title(message.kind), 'foot'), textOf(body.body ?? body.text) ? text(body.body ?? body.text) : el('pre', { class: 'machine' }, cut(JSON.stringify(body), 400))];
  }
}

/** Whether a person has it on the phone: nothing else can be tapped. */
const hasArrived = (message) => !['failed', 'refused'].includes(message.status);

/** The buttons of a message; only the selected message's are in the tab order. */
function choices(message, flags) {
  const order = flags.selected ? '0' : '-1';
  const body = message.body ?? {};
  const button = (key, testId, handler, chosen, ...content) => el('button', {
    type: 'button', disabled: !hasArrived(message), title: hasArrived(message) ? null : 'It never arrived on the phone', class: `choice${chosen ? ' chosen' : ''}`, tabindex: order, 'data-key': `choice ${message.n} ${key}`, 'data-testid': testId, 'data-choice': key,
    on: { click: (event) => { event.stopPropagation(); handler(); } },
  }, ...content, chosen && el('span', { class: 'unseen' }, ' (tapped)'));
  if (message.kind === 'buttons') {
    return (body.buttons ?? []).map((each) => button(each.id, 'button', () => void tap(newest(message.n) ?? message, each.id, textOf(each.title)), flags.tapped.includes(each.id), icon('reply'), el('span', { dir: 'auto' }, textOf(each.title))));
  }
  if (message.kind === 'list') return [button('open', 'open-list', () => showList(newest(message.n) ?? message), flags.tapped.length > 0, icon('list'), el('span', { dir: 'auto' }, textOf(body.button) || 'Choose'))];
  return [];
}

function quote(message) {
  if (!message.quotes || message.kind === 'reaction') return null;
  const quoted = byWamid(message.quotes);
  return el('div', { class: 'quote' },
    el('b', {}, quoted ? (quoted.direction === 'in' ? 'You' : 'Bot') : 'A message'),
    el('span', { class: 'clip', dir: 'auto' }, quoted ? cut(preview(quoted), 80) : 'not in this chat'));
}

const TICKS = {
  waiting: ['clock', 'not sent yet'],
  pending: ['clock', 'on its way'], accepted: ['clock', 'accepted'], sent: ['one', 'sent'], delivered: ['two', 'delivered'],
  read: ['two', 'read'], played: ['two', 'played'], failed: ['warn', 'failed'], refused: ['warn', 'refused'],
};

/** How far a message of ours came: its webhook stands for delivery, the bot's read receipt for the blue ticks. */
function inboundStatus(message) {
  const webhook = message.trace?.webhook;
  if (webhook && webhook.status !== 200) return 'failed';
  const read = byWamid(conversation().read_up_to);
  return read && message.n <= read.n ? 'read' : message.status;
}

/** The status that a person sees. */
export const statusOf = (message) => (message.direction === 'in' ? inboundStatus(message) : isSentAgain(message, conversation().messages) ? 'waiting' : message.status);

const statusWord = (message) => (message.direction === 'in' && statusOf(message) === 'failed' ? 'not received' : (TICKS[statusOf(message)]?.[1] ?? statusOf(message)));

function ticks(message) {
  const status = statusOf(message);
  return el('span', { class: `tick tick-${status}`, 'data-testid': 'tick', 'data-status': status, title: statusWord(message) }, icon(TICKS[status]?.[0] ?? 'clock', statusWord(message)));
}

/** What a screen reader says of a message when the focus comes to it. */
function spokenLabel(message) {
  const buttons = message.kind === 'buttons' ? `, buttons: ${(message.body.buttons ?? []).map((each) => textOf(each.title)).join(', ')}` : message.kind === 'list' ? `, list: ${textOf(message.body.button)}` : '';
  return `${message.direction === 'in' ? 'You' : 'Bot'}: ${preview(message)}${buttons}, ${time(message.at)}, ${statusWord(message)}`;
}

function notYet(message) {
  const { code } = message.error;
  return isTriedLater(message, conversation().messages) ? `not sent at this try (${code}), tried again below` : `not sent yet (${code}), tried again ${againAfter(code)}`;
}

const WAITS = {
  unknown: 'waits until it is known what became of the message before; +11 min twice settles it',
  again: 'waits until the message before is sent',
};

const waitsFor = (message) => WAITS[heldUpBy(message, conversation().messages)] ?? null;

function under(message, flags) {
  const parts = [];
  const trace = message.trace ?? {};
  const webhook = trace.webhook;
  const bad = message.error || ['failed', 'refused'].includes(statusOf(message));
  if (message.direction === 'out') {
    if (message.error?.again) parts.push(el('b', { 'data-testid': 'error', title: message.error.title }, notYet(message)));
    else if (message.error) parts.push(el('b', { class: 'bad-text', 'data-testid': 'error', dir: 'auto' }, message.error.code ? `${message.status} ${message.error.code} · ${cut(message.error.title, 60)}` : isTriedLater(message, conversation().messages) ? 'outcome unknown, sent once more below' : 'outcome unknown'));
    else if (bad) parts.push(el('b', { class: 'bad-text', 'data-testid': 'error' }, message.status));
    else if (trace.route) parts.push(el('span', { dir: 'auto' }, trace.route));
    if (trace.of > 1) parts.push(`${trace.position} of ${trace.of}`);
    if (trace.request) parts.push(duration(timeSpent(null, trace, trace.request).reduce((sum, part) => sum + part.milliseconds, 0)));
    parts.push(message.billed ? el('span', { class: 'billed', 'data-testid': 'billed' }, icon('coin'), 'billed') : bad && 'not billed');
  } else {
    if (webhook && webhook.status !== 200) parts.push(el('b', { class: 'bad-text', 'data-testid': 'error' }, `webhook ${webhook.status ? `answered ${webhook.status}` : 'not delivered'}${webhook.code ? ` ${webhook.code}` : ''}`));
    else if (!webhook && message.status === 'sent') parts.push(el('b', { class: 'bad-text', 'data-testid': 'error' }, 'webhook not delivered'));
    else if (trace.silence) parts.push(el('span', {}, `no answer: ${trace.silence}`));
    else if (waitsFor(message)) parts.push(el('span', { 'data-testid': 'waits' }, waitsFor(message)));
    if (flags.turn.endsWith('last')) parts.push(`${flags.members} messages, one turn`);
  }
  const shown = parts.filter(Boolean);
  return shown.length ? el('p', { class: 'under', 'data-testid': 'under' }, shown.map((part) => el('span', {}, part))) : null;
}

/** A message as an item of the log. `flags`: {selected, same, joined, turn, members, tapped, reactions}. */
export function item(message, flags, on) {
  const wide = ['buttons', 'list', 'location', 'image', 'template'].includes(message.kind);
  const classes = ['bubble', wide && 'wide', ['failed', 'refused'].includes(statusOf(message)) && 'broken', message.kind === 'sticker' && 'plain'].filter(Boolean).join(' ');
  return el('li', {
    class: ['item', message.direction, flags.joined && 'joined', flags.turn, flags.same && 'same'].filter(Boolean).join(' '),
    'data-testid': 'message', 'data-n': message.n, 'data-direction': message.direction, 'data-kind': message.kind, 'data-status': statusOf(message),
  },
  el('div', {
    class: classes, role: 'group', tabindex: flags.selected ? '0' : '-1', 'aria-label': spokenLabel(message), 'aria-current': flags.selected ? 'true' : null,
    'data-key': `message ${message.n}`, on,
  },
  el('div', { class: 'inside' }, quote(message), inside(message),
    el('p', { class: 'meta' }, el('time', { datetime: message.at }, time(message.at)), ticks(message))),
  choices(message, flags),
  flags.reactions && el('span', { class: 'reactions' }, flags.reactions)),
  under(message, flags));
}
