// Words for times, numbers and people. Pure: values in, text out.

const clockTime = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const dayOnly = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' });
const dayAndTime = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

const known = (at) => at && !Number.isNaN(Date.parse(at));

/** "10:42", in the time zone of the browser. */
export const time = (at) => (known(at) ? clockTime.format(new Date(at)) : '');
/** "Friday 20 November". */
export const day = (at) => (known(at) ? dayOnly.format(new Date(at)).replace(',', '') : '');
/** "Sat, 21 Nov, 11:45". */
export const moment = (at) => dayAndTime.format(new Date(at)).replace(/^(\w+),/, '$1');

/** "4 ms", "1.20 s", "25 s". */
export function duration(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return '';
  if (milliseconds < 1) return '< 1 ms';
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  return seconds < 10 ? `${seconds.toFixed(2)} s` : `${Math.round(seconds)} s`;
}

/** "23 h 58 min", "58 min", "less than a minute". */
export function hoursAndMinutes(milliseconds) {
  const minutes = Math.floor(milliseconds / 60000);
  if (minutes < 1) return 'less than a minute';
  const hours = Math.floor(minutes / 60);
  if (!hours) return `${minutes} min`;
  return minutes % 60 ? `${hours} h ${String(minutes % 60).padStart(2, '0')} min` : `${hours} h`;
}

/** "+25 h", "−90 min"; "" without a shift. */
export function shift(milliseconds) {
  const minutes = Math.round((milliseconds ?? 0) / 60000);
  if (!minutes) return '';
  const sign = minutes < 0 ? '−' : '+';
  const size = Math.abs(minutes);
  return size % 60 ? `${sign}${size} min` : `${sign}${size / 60} h`;
}

/** "1 message", "2 messages". */
export const count = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

/** What a person is called: name, else @username, else phone, else the id. */
export const personName = (person) => person.name || (person.username && `@${person.username}`) || person.phone || person.user_id || person.person;

/** The second line of a person: phone, or what stands in for it. */
export function personDetail(person) {
  if (person.phone) return person.phone;
  if (person.wa_id) return `+${person.wa_id}`;
  if (!person.username) return 'no phone';
  return person.name ? `@${person.username}, no phone` : 'username, no phone';
}

/** One or two letters for the face. */
export function initials(person) {
  if (!person.name) return person.username ? '@' : '#';
  const words = person.name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : ''].map((word) => [...word][0] ?? '').join('');
  return letters.toUpperCase() || '#';
}

/** A number from 0 to 5 that stays the same for the same person. */
export const hue = (id) => [...String(id)].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 997, 7) % 6;

/** The text of a field that is a string or an object with one inside. */
export function textOf(value) {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'object') return String(value);
  return textOf(value.text ?? value.body ?? value.title ?? value.name ?? '');
}

/** A text cut for a preview, at a character a reader would count. */
export function cut(text, length = 60) {
  const letters = [...String(text).replace(/\s+/g, ' ').trim()];
  return letters.length > length ? `${letters.slice(0, length - 1).join('')}…` : letters.join('');
}

/** One line that stands for a message in quotes, lists and speech. */
export function preview(message) {
  const body = message.body ?? {};
  switch (message.kind) {
    case 'tap': return textOf(body.title) || String(body.choice ?? 'a tap');
    case 'location': return `Location${body.name ? `: ${body.name}` : ''}`;
    case 'reaction': return body.emoji ? `Reaction ${body.emoji}` : 'Reaction taken back';
    case 'image': case 'video': case 'audio': case 'document': case 'sticker':
      return `${title(message.kind)}${body.caption ? `: ${body.caption}` : body.filename ? `: ${body.filename}` : ''}`;
    case 'template': return `Template ${textOf(body.name)}`;
    case 'raw': return 'Raw JSON';
    default: return textOf(body.body) || textOf(body.text) || title(message.kind ?? 'message');
  }
}

/** "image" → "Image". */
export const title = (word) => String(word).charAt(0).toUpperCase() + String(word).slice(1).replaceAll('_', ' ');
