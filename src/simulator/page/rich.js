// WhatsApp's own marks in a text: *bold*, _italic_, ~struck~, `code`. The text is only ever cut into text nodes.

import { el } from './dom.js';

const MARKS = { '*': 'strong', '_': 'em', '~': 's' };
const PATTERN = /```([^`]+)```|`([^`\n]+)`|(?<![\p{L}\p{N}*_~])([*_~])(?=\S)([^\n]*?\S)\3(?![\p{L}\p{N}*_~])/gu;

/** The nodes of a text. */
export function rich(text, depth = 0) {
  const source = String(text ?? '');
  if (depth > 3) return [source];
  const nodes = [];
  let end = 0;
  for (const match of source.matchAll(PATTERN)) {
    if (match.index > end) nodes.push(source.slice(end, match.index));
    const code = match[1] ?? match[2];
    nodes.push(code === undefined ? el(MARKS[match[3]], {}, rich(match[4], depth + 1)) : el('code', {}, code));
    end = match.index + match[0].length;
  }
  if (end < source.length) nodes.push(source.slice(end));
  return nodes;
}
