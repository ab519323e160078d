// The panel "Why": the story of the selected message, from its webhook to its statuses.

import * as api from './api.js';
import { copy, redeliver, sameAgain, sayAgain } from './actions.js';
import { askForReaction } from './dialogs.js';
import { byId, el, folded, icon, redraw } from './dom.js';
import { count, cut, duration, preview, time } from './format.js';
import { closeSheet } from './layout.js';
import { enterLog } from './chat.js';
import { asCurl, heldUpBy, isTriedLater, sentence, timeSentence, timeSpent, untried } from './story.js';
import { byWamid, changed, conversation, selectedMessage, view } from './state.js';

/** The messages of the turn: what was said and what was answered. */
function turnOf(message) {
  const { messages } = conversation();
  const turn = message.trace?.turn;
  const ours = turn ? messages.filter((one) => one.trace?.turn === turn) : [message];
  return { said: ours.filter((one) => one.direction === 'in'), answers: ours.filter((one) => one.direction === 'out') };
}

const step = (good, title, aside, ...content) => el('li', { class: `step step-${good}` },
  el('div', { class: 'step-head' }, icon(good === 'bad' ? 'close' : good === 'wait' ? 'clock' : 'check', good === 'bad' ? 'wrong' : null), el('h3', {}, title), aside && el('span', { class: 'aside' }, aside)),
  content);

const jumpTo = (message) => el('button', { type: 'button', class: 'link', dir: 'auto', 'data-key': `jump ${message.n}`, on: { click: () => { closeSheet(); enterLog(message.n); } } }, `“${cut(preview(message), 40)}”`);

function webhookStep(message) {
  const webhook = message?.trace?.webhook;
  if (!webhook) return null;
  const good = webhook.status === 200;
  const outcome = webhook.status ? `${webhook.status}${webhook.code ? ` ${webhook.code}` : ''} in ${duration(webhook.milliseconds)}` : 'never delivered';
  return step(good ? 'ok' : 'bad', 'Webhook', outcome,
    el('p', { class: 'soft small' }, good ? 'Signature holds; stored and queued before the 200.' : 'Not accepted: nothing was kept.'),
    folded(`webhook ${message.n}`, good ? 'Verified body' : 'Body, never parsed', indented(webhook.body)),
    el('dl', { class: 'pairs' }, pair('delivery', webhook.delivery), pair('signature', webhook.signature)));
}

const pair = (name, value) => (value === null || value === undefined || value === '' ? null : el('div', {}, el('dt', {}, name), el('dd', { class: 'machine' }, String(value))));

/** JSON with line breaks for reading; anything else as it is. */
function indented(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return String(text ?? ''); }
}

function queueStep(first, trace) {
  const event = first?.trace?.event ?? trace.event;
  if ((!event && !trace.attempt) || (first && first.trace?.webhook?.status !== 200 && !trace.turn)) return null;
  return step('ok', 'Queued', trace.waited_ms !== null && trace.waited_ms !== undefined && `waited ${duration(trace.waited_ms)}`,
    el('dl', { class: 'pairs' }, pair('event', event), pair('attempt', trace.attempt)));
}

function turnStep(trace, said) {
  if (!trace.turn) return null;
  const several = said.length > 1;
  return step('ok', 'Turn', trace.debounced_ms ? `waited ${duration(trace.debounced_ms)} for more` : null,
    several && el('p', { class: 'small' }, `${count(said.length, 'message')} became one turn: `, said.map((one, index) => [index ? ', ' : '', jumpTo(one)])),
    el('dl', { class: 'pairs' }, pair('turn', trace.turn)));
}

function routesStep(trace) {
  if (!trace.tried?.length && !trace.silence) return null;
  const rest = untried(trace, view.state?.bot?.routes ?? 0);
  return step(trace.route ? 'ok' : 'wait', 'Routes', trace.decided_ms !== null && trace.decided_ms !== undefined ? `decided in ${duration(trace.decided_ms)}` : 'the first match answers',
    el('ol', { class: 'routes', 'data-testid': 'routes' }, (trace.tried ?? []).map((one) => el('li', { class: one.matched ? 'route matched' : 'route' },
      icon(one.matched ? 'check' : 'close', one.matched ? 'matched' : 'not matched'),
      el('span', { class: 'grow', dir: 'auto' }, el('b', {}, one.route), ' ', el('span', { class: one.matched ? '' : 'soft' }, one.because)),
      one.line && el('span', { class: 'machine soft' }, `line ${one.line}`)))),
    rest && el('p', { class: 'small soft' }, rest),
    !trace.route && trace.silence && el('p', { class: 'small' }, `Silence: ${trace.silence}.`));
}

function requestStep(answer, chosen) {
  const request = answer.trace?.request;
  if (!request) return null;
  const good = request.status >= 200 && request.status < 300;
  const of = answer.trace.of > 1 ? ` ${answer.trace.position} of ${answer.trace.of}` : '';
  return step(request.status ? (good ? 'ok' : 'bad') : 'wait', `Graph request${of}`, request.status ? `${request.status} in ${duration(request.milliseconds)}` : 'no answer',
    !chosen && el('p', { class: 'small' }, jumpTo(answer)),
    el('p', { class: 'machine soft' }, `${request.method ?? 'POST'} ${request.path ?? ''}`),
    folded(`request ${answer.n}`, 'Request', request.body ?? {}),
    request.answer !== undefined && request.answer !== null && folded(`answer ${answer.n}`, 'Answer', request.answer, !good));
}

function statusesStep(answer) {
  if (!answer.statuses?.length) return null;
  return step(answer.statuses.some((one) => one.status === 'failed') ? 'bad' : 'ok', 'Statuses', answer.billed ? '1 billed' : 'not billed',
    el('ul', { class: 'statuses' }, answer.statuses.map((one) => el('li', {}, el('b', {}, one.status), el('span', { class: 'soft' }, ` ${time(one.at)}`),
      one.delivered_to_app !== undefined && one.delivered_to_app !== 1 && el('span', { class: 'soft' }, one.delivered_to_app ? `, told ${one.delivered_to_app} times` : ', not told to the bot')))));
}

function spent(parts) {
  const all = parts.reduce((sum, part) => sum + part.milliseconds, 0);
  if (!all) return null;
  return [
    el('div', { class: 'spent', 'aria-hidden': 'true' }, parts.filter((part) => part.milliseconds > 0).map((part) => el('span', { class: `spent-${part.kind}`, title: `${part.name}: ${duration(part.milliseconds)}`, style: { '--share': String(Math.max(part.milliseconds / all, 0.015)) } }))),
    el('p', { class: 'small soft' }, timeSentence(parts)),
  ];
}

function curlOf(message, said) {
  const cause = message.direction === 'in' ? message : said.at(-1);
  const body = cause && sameAgain(cause);
  return body ? asCurl(location.origin, view.person, view.number, body, conversation().messages.at(-1)?.n ?? 0) : null;
}

function quoteIt(message) {
  view.quoting = message.wamid;
  changed();
  closeSheet();
  byId('field').focus();
}

function actions(message, said) {
  const button = (key, label, handler) => el('button', { type: 'button', 'data-key': `do ${message.n} ${key}`, 'data-testid': key, on: { click: handler } }, label);
  const ours = message.direction === 'in';
  return el('div', { class: 'actions' },
    curlOf(message, said) && button('copy-curl', 'Copy as curl', () => copy(curlOf(message, said), 'Commands')),
    ours && sameAgain(message) && button('say-again', 'Say it again', () => sayAgain(message)),
    ours && message.trace?.webhook?.signature && button('deliver-again', 'Redeliver twice', () => redeliver(message)),
    !ours && message.wamid && button('reply-to', 'Answer this', () => quoteIt(message)),
    !ours && message.wamid && button('react', 'React', askForReaction));
}

function story(message) {
  const { said, answers } = turnOf(message);
  const trace = message.trace ?? {};
  const top = sentence(message, answers, conversation());
  const source = said.includes(message) ? message : said.at(-1);
  const shown = message.direction === 'out' ? message : answers.length === 1 ? answers[0] : null;
  const billed = answers.filter((one) => one.billed).length;
  const quoted = byWamid(message.quotes);
  return [
    el('p', { class: `sentence tone-${top.tone}`, 'data-testid': 'sentence' }, el('b', { dir: 'auto' }, top.strong), top.rest),
    top.advice && el('p', { class: 'advice' }, top.advice),
    spent(timeSpent(source, trace, shown?.trace?.request)),
    actions(message, said),
    el('ol', { class: 'steps' },
      webhookStep(source), queueStep(source, trace), turnStep(trace, said), routesStep(trace),
      (message.direction === 'out' ? [message] : answers).map((one) => [requestStep(one, one === message), statusesStep(one)])),
    answers.length > 0 && el('p', { class: 'bill', 'data-testid': 'bill' }, icon('coin'), `${count(billed, 'billed message')} in this turn, ${conversation().billed ?? 0} in this chat`),
    el('dl', { class: 'pairs end' }, pair('wamid', message.wamid), pair('kind', message.kind), quoted && pair('quotes', cut(preview(quoted), 60))),
    message.kind === 'raw' && folded(`raw ${message.n}`, 'What was sent', message.body, true),
  ];
}

function nothing() {
  return [el('div', { class: 'hint' },
    el('p', { class: 'sentence' }, 'Why was it answered like this?'),
    el('p', { class: 'soft' }, 'Say something. Here stands each route that was tried, the webhook that came in, the request that went to Graph, and what it costs.'),
    el('p', { class: 'soft' }, 'Tests get the same from ', el('span', { class: 'machine' }, api.messagePath('p1')), ' and ', el('span', { class: 'machine' }, 'conversation?wait=5'), '.'))];
}

export function drawWhy() {
  const message = selectedMessage();
  const turn = message && turnOf(message);
  redraw(byId('why'), [view.person, message, turn, message && [heldUpBy(message, conversation().messages), isTriedLater(message, conversation().messages)], conversation().billed, conversation().settled, view.state?.bot?.routes], () => (message ? story(message) : nothing()), () => byId('why'));
}
