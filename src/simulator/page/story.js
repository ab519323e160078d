// Turns the trace of a message into a story: one sentence, where the time went. Pure: messages in, words out.

import { count, duration } from './format.js';

/** What to do about an error of Meta, for those that people meet first. */
const REMEDIES = {
  131047: 'More than 24 hours since the person wrote: only a template may go out. Give the route (or the bot) an outside_window template.',
  131026: 'This person cannot get WhatsApp messages: no account, an old app, or terms not accepted. Sending again does not help.',
  130429: 'The number sends faster than Meta allows. Wabridge slows down and sends it again by itself.',
  131056: 'Too many messages to this one person. Wabridge waits and sends it again by itself.',
  131030: 'A test number may write only to people on its list: Meta App Dashboard → WhatsApp → API Setup → To.',
  190: 'The access token is expired or wrong. Nothing is lost: Wabridge sends it again every 60 s until the token is good. Here the switch must go off; live, give it a new token of a system user.',
};

export const remedy = (code) => REMEDIES[code] ?? null;

const matched = (trace) => trace.tried?.find((one) => one.matched) ?? null;

function because(trace) {
  const reason = matched(trace)?.because;
  return reason ? ` because ${reason}${/[.!?]$/.test(reason) ? '' : '.'}` : '.';
}

function inbound(message, answers, around) {
  const trace = message.trace ?? {};
  const { webhook } = trace;
  if (webhook ? !webhook.status : message.status === 'sent') return { tone: 'bad', strong: 'The webhook did not arrive', rest: ': the bot knows nothing of this message.' };
  if (webhook && webhook.status !== 200) return { tone: 'bad', strong: `Refused at the door: ${webhook.status} ${webhook.code ?? ''}`.trim(), rest: '. Nothing was kept, so nothing follows.' };
  if (trace.silence) return { tone: 'soft', strong: 'No answer', rest: `: ${trace.silence}.`, advice: trace.silence === 'no route matched' ? 'A last route without “when” answers everything else.' : null };
  if (trace.route) return { tone: 'ok', strong: trace.route, rest: ` ${answers.length ? 'answered' : 'was chosen'}${because(trace)}` };
  if (around.heldUp === 'again') return { tone: 'soft', strong: 'It waits', rest: ': the message of the bot before it is not sent yet and will be tried again by itself. Then this one is answered.' };
  if (around.heldUp) return { tone: 'soft', strong: 'It waits', rest: ': nobody knows yet whether the message of the bot before it was sent. A status of it, or time, decides; then this one is answered.', advice: 'Trouble → “+11 min” twice settles it.' };
  if (around.settled) return { tone: 'soft', strong: 'Recorded, not answered', rest: ': it started no turn.' };
  return { tone: 'soft', strong: 'Not decided yet', rest: webhook ? ': the message is stored and waits for its turn.' : '.' };
}

function outbound(message, around) {
  const trace = message.trace ?? {};
  if (message.error) {
    const { code, title } = message.error;
    if (!code) return { tone: 'bad', strong: 'Outcome unknown', rest: `: ${title}.`, advice: around.later ? 'Perhaps it was sent: no status came, so Wabridge sent it once more.' : 'Perhaps it was sent. Wabridge never sends it twice on a guess: a status decides, or time runs out. Trouble → “+11 min” twice settles it; what the person writes meanwhile waits.' };
    if (message.error.again && around.later) return { tone: 'soft', strong: `Not sent at this try: ${code}`, rest: `, and tried again by itself. ${title}` };
    if (message.error.again) return { tone: 'soft', strong: `Not sent yet: ${code}, tried again ${againAfter(code)}`, rest: `. ${title}`, advice: remedy(code) };
    const lead = message.status === 'failed' ? 'It was accepted, then failed' : 'Graph refused it';
    return { tone: 'bad', strong: `${lead}: ${code ? `${code} ` : ''}${title}`, rest: '', advice: remedy(code) };
  }
  if (['failed', 'refused'].includes(message.status)) return { tone: 'bad', strong: `It ${message.status === 'failed' ? 'failed' : 'was refused'}`, rest: '.' };
  if (isUncertain(message, around.messages)) return { tone: 'soft', strong: 'It arrived, and the bot does not know', rest: ': the answer was lost. A status of it decides, or time.' };
  if (trace.route) return { tone: 'ok', strong: trace.route, rest: ` answered${because(trace)}` };
  if (message.status === 'pending') return { tone: 'soft', strong: 'On its way', rest: ': Graph has not answered yet.' };
  return { tone: 'soft', strong: 'Sent', rest: ', but by no route that is known here.' };
}

/** The sentence on top: {tone, strong, rest, advice?}. */
export function sentence(message, answers, { settled, messages }) {
  const around = { settled, messages, heldUp: heldUpBy(message, messages), later: isTriedLater(message, messages) };
  return message.direction === 'in' ? inbound(message, answers, around) : outbound(message, around);
}

/** When Wabridge sends a message again by itself that was certainly not sent. */
export const againAfter = (code) => (code === 190 ? 'within 60 s' : 'soon');

/** Whether a later message is the same one, sent again. */
export const isTriedLater = (message, messages) => Boolean(message.outbound) && messages.some((one) => one.n > message.n && one.outbound === message.outbound);

/** Whether a message of the bot was certainly not sent, and will be sent again by itself. */
export const isSentAgain = (message, messages) => Boolean(message.error?.again) && !isTriedLater(message, messages);

/** Why a message of the person that nobody decided waits: "unknown", "again", or null when nothing before it is open. */
export function heldUpBy(message, messages) {
  if (message.direction !== 'in' || message.trace?.turn || message.trace?.silence || message.trace?.webhook?.status !== 200) return null;
  const before = messages.findLast((one) => one.n < message.n && one.direction === 'out' && one.outbound);
  // What was decided after it shows that the bot went on.
  const turn = before?.trace?.turn;
  if (!before || messages.some((one) => one.n > before.n && one.trace?.turn && one.trace.turn !== turn)) return null;
  if (isSentAgain(before, messages)) return 'again';
  return isUncertain(before, messages) ? 'unknown' : null;
}

/** Whether nobody knows if a message of the bot was sent: no answer, or one of a broken server, and no status since. */
export function isUncertain(message, messages) {
  const request = message.trace?.request;
  if (message.direction !== 'out' || !request || message.error?.code || isTriedLater(message, messages)) return false;
  const isToldOf = message.statuses?.some((one) => one.delivered_to_app);
  return !isToldOf && (request.status === null || request.status >= 500);
}

/** Where the time went: [{name, milliseconds, kind}], known parts only, in order. */
export function timeSpent(first, trace, request) {
  return [
    { name: 'webhook', milliseconds: first?.trace?.webhook?.milliseconds, kind: 'work' },
    { name: 'in the queue', milliseconds: trace.waited_ms, kind: 'work' },
    { name: 'waiting for more messages', milliseconds: trace.debounced_ms, kind: 'wait' },
    { name: 'deciding', milliseconds: trace.decided_ms, kind: 'decide' },
    { name: 'in Graph', milliseconds: request?.milliseconds, kind: 'graph' },
  ].filter((part) => part.milliseconds !== null && part.milliseconds !== undefined);
}

/** "1.20 s in all, 1.00 s of it waiting for more messages, 183 ms in Graph". */
export function timeSentence(parts) {
  const all = parts.reduce((sum, part) => sum + part.milliseconds, 0);
  const told = parts.filter((part) => ['wait', 'graph'].includes(part.kind) && part.milliseconds > 0);
  if (!told.length) return `${duration(all)} in all`;
  return `${duration(all)} in all, ${told.map((part, index) => `${duration(part.milliseconds)} ${index ? '' : 'of it '}${part.name}`).join(', ')}`;
}

/** How many routes after the match were never looked at; null when that is not known. */
export function untried(trace, routes) {
  const tried = trace.tried?.length ?? 0;
  return matched(trace) && routes > tried ? `${count(routes - tried, 'route')} after it not tried` : null;
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The same as commands for a shell: say it, then wait for what comes of it. */
export function asCurl(origin, person, number, body, after) {
  const base = `${origin}/simulator/people/${encodeURIComponent(person)}`;
  return [
    `curl -sS ${quoted(`${base}/messages`)} -H 'content-type: application/json' -d ${quoted(JSON.stringify({ to: number, ...body }))}`,
    `curl -sS ${quoted(`${base}/conversation?to=${encodeURIComponent(number)}&after=${after}&wait=5`)}`,
  ].join('\n');
}
