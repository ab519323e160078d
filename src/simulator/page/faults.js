// The faults the page offers, and the words for those that are on. Each entry is what POST /simulator/faults takes.

export const GROUPS = [
  ['When the bot sends', 'send', [
    ['Window closed', { error: 131047, http: 400 }, 'Refused with 131047: more than 24 hours since the person wrote.'],
    ['Not deliverable', { error: 131026, http: 400 }, 'Refused with 131026: the person cannot get messages.'],
    ['Too many messages', { error: 130429, http: 429 }, 'Refused with 130429: the number sends too fast. Sent again later.'],
    ['Graph is down', { http: 500 }, '500: the outcome is unknown. What is written then waits.'],
    ['No answer', 'hang', 'The call hangs: the outcome is unknown. What is written then waits.'],
    ['Sent, answer lost', 'accept_then_reset', 'The message arrives, the connection breaks. It must not come twice.'],
    ['Slow', { slow_ms: 3000 }, 'Graph takes three seconds.'],
  ]],
  ['When a webhook arrives', 'webhook', [
    ['Twice', 'twice', 'The same bytes two times: answered once.'],
    ['Out of order', 'reorder', 'The next two arrive swapped.'],
    ['Unsigned', 'unsigned', 'No signature: refused with 401.'],
    ['Wrong secret', 'wrong_secret', 'Signed by another app: refused with 403.'],
    ['Another account', 'foreign_waba', 'A business account that is not ours: 403.'],
    ['Another number', 'foreign_number', 'A number that is not ours: 403.'],
    ['Lost', 'drop', 'The webhook never comes.'],
  ]],
  ['When statuses come back', 'status', [
    ['No statuses', 'none', 'Neither sent nor delivered is told.'],
    ['Reversed', 'reversed', 'Read first, sent last.'],
    ['Skip delivered', 'skip_delivered', 'From sent straight to read.'],
    ['Fails later', { failed: 131026 }, 'Accepted with 200, then a failed status.'],
  ]],
  ['The access token', 'token', [
    ['Expired', 'expired', 'Refused with 190: not sent yet, tried again every 60 s.'],
  ]],
];

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** Whether an active fault is this entry of the table. */
export const isFault = (fault, on, what) => fault.on === on && (same(fault.do, what)
  || (typeof what === 'object' && fault.do !== null && typeof fault.do === 'object' && Object.entries(what).every(([key, value]) => fault.do[key] === value)));

/** What an active fault is called. */
export function faultName(fault) {
  for (const [, on, entries] of GROUPS) {
    const entry = entries.find(([, what]) => isFault(fault, on, what));
    if (!entry) continue;
    const prefix = { webhook: 'Webhook: ', token: 'Token: ', status: 'Statuses: ' }[on] ?? '';
    return prefix ? prefix + entry[0].charAt(0).toLowerCase() + entry[0].slice(1) : entry[0];
  }
  return `${fault.on}: ${typeof fault.do === 'string' ? fault.do : JSON.stringify(fault.do)}`;
}

/** How long a fault stays on, and for whom. */
export function faultUse(fault) {
  const left = fault.left ?? fault.times;
  const howLong = left === null || left === undefined ? 'until off' : left === 1 ? 'next time' : `${left} more times`;
  return `${howLong}${fault.person ? ', this person only' : ''}`;
}
