// The top: which bot answers, what is wrong with it, the bot's clock, and whether the server is there.

import { showDialog } from './dialogs.js';
import { byId, el, icon, redraw } from './dom.js';
import { count, moment, personName, shift, time } from './format.js';
import { now, number, person, view } from './state.js';

const nameOf = (bot) => bot.file?.split(/[\\/]/).at(-1) ?? null;

function botPill(bot) {
  const file = nameOf(bot) ?? 'built-in bot';
  const read = bot.read_at ? ` · read ${time(bot.read_at)}` : '';
  if (bot.problems?.length) return el('span', { class: 'pill bad' }, icon('warn'), el('span', { class: 'clip' }, `${file} is wrong${bot.read_at ? ` · running ${time(bot.read_at)}` : ''}`));
  return el('span', { class: 'pill ok', title: `${bot.file ?? 'built-in bot'}${bot.version ? `, version ${bot.version}` : ''}` }, icon('check'), el('span', { class: 'clip' }, `${file} · ${count(bot.routes ?? 0, 'route')}${read}`));
}

const where = (bot, problem) => [bot.file ?? 'bot.yaml', problem.line, problem.column].filter((part) => part !== null && part !== undefined).join(':');

/** The lines of a snippet; the one that only points is marked. */
const withCaret = (snippet) => String(snippet).split('\n').flatMap((text, index) => [index ? '\n' : '', /^[\s|]*\^/.test(text) ? el('b', { class: 'bad-text' }, text) : text]);

function problemCard(bot, problem) {
  return el('div', { class: 'problem' },
    el('div', { class: 'snippet' }, el('p', { class: 'machine' }, where(bot, problem)), problem.snippet && el('pre', { class: 'machine' }, withCaret(problem.snippet))),
    el('div', { class: 'grow' }, el('p', {}, el('b', {}, problem.message)), problem.path && el('p', { class: 'small' }, 'at ', el('span', { class: 'machine' }, problem.path)), problem.remedy && el('p', {}, problem.remedy)));
}

function brokenBot(bot) {
  const [first] = bot.problems;
  const headline = bot.problems.length > 1 ? `has ${bot.problems.length} mistakes` : first.line ? `has a mistake in line ${first.line}` : 'has a mistake';
  return el('details', { class: 'notice bad', open: true, 'data-key': 'broken', 'data-testid': 'banner' },
    el('summary', { 'data-key': 'broken summary' }, el('b', {}, `${nameOf(bot) ?? 'bot.yaml'} ${headline}. `), bot.read_at ? `Still answering with the version of ${time(bot.read_at)}.` : 'It is read again when you save.'),
    el('div', { class: 'problems' }, bot.problems.slice(0, 5).map((problem) => problemCard(bot, problem)),
      bot.problems.length > 5 && el('p', { class: 'small' }, `and ${bot.problems.length - 5} more: wabridge check`)));
}

function showWarnings() {
  const { bot } = view.state;
  showDialog(`${count(bot.warnings.length, 'warning')} in ${nameOf(bot) ?? 'the built-in bot'}`, 'warnings-dialog', () => [
    el('p', { class: 'dialog-text soft' }, 'The bot works as it is; look at these once.'),
    el('div', { class: 'problems dialog-text' }, bot.warnings.map((one) => problemCard(bot, one)))]);
}

const warnings = (bot) => bot.warnings?.length > 0 && el('button', {
  type: 'button', class: 'pill money', 'data-key': 'warnings', 'data-testid': 'warnings', on: { click: showWarnings },
}, icon('warn'), String(bot.warnings.length), el('span', { class: 'word' }, bot.warnings.length === 1 ? ' warning' : ' warnings'));

export function drawNotices() {
  const { state } = view;
  const bot = state?.bot;
  redraw(byId('notices'), [view.online === false, bot], () => [
    view.online === false && el('p', { class: 'notice bad', 'data-testid': 'offline' }, icon('warn'), el('b', {}, 'Not connected, trying again.'), ' Is wabridge dev still running?'),
    bot?.problems?.length > 0 && brokenBot(bot),
    bot && !bot.file && el('p', { class: 'notice quiet', 'data-testid': 'built-in' }, 'This is the built-in bot. ', el('span', { class: 'machine' }, 'wabridge init'), ' writes a bot.yaml of your own.'),
  ]);
  if (!state) return;
  redraw(byId('bot'), bot, () => [botPill(bot), warnings(bot)]);
  const minute = moment(now());
  const by = shift(state.clock.offset_ms);
  redraw(byId('clock'), [minute, by], () => el('span', {}, 'The bot’s clock: ', minute, by && el('b', { class: 'shifted' }, ` (${by})`)));
  const who = person();
  document.title = who ? `${personName(who)} to ${number()?.nick ?? 'the bot'} · Wabridge dev` : 'Wabridge dev';
}
