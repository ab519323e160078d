// Builds elements. Everything a person or a bot wrote enters the page here, as text nodes and attributes: never as markup.

const SVG = 'http://www.w3.org/2000/svg';

const PATHS = {
  send: 'M17.5 2.5 9 11M17.5 2.5 12 17.5 9 11 2.5 8z',
  plus: 'M10 4v12M4 10h12',
  close: 'm5 5 10 10M15 5 5 15',
  check: 'm4 10.5 4 4 8-9',
  one: 'm3.5 10.5 4 4 7.5-9',
  two: 'm1 10.5 4 4 7.5-9M8.5 13l1.5 1.5 7.5-9',
  clock: 'M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14M10 6v4l2.5 2',
  warn: 'M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14M10 6.5v4M10 13.5h.01',
  coin: 'M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14M12.2 7.8C11.6 7 8 6.700 8 8.600s4.300 1 4.300 2.900-3.700 1.500-4.400.6M10 5.600v8.800',
  bolt: 'M11 2 4 11.500h5L8.500 18 16 8.500h-5z',
  list: 'M8 5h9M8 10h9M8 15h9M3.500 5h.01M3.500 10h.01M3.500 15h.01',
  steps: 'M5 3.500v13M5 5.500h10M5 10h7M5 14.500h9',
  pin: 'M10 18s6-5.200 6-9.800A6 6 0 0 0 4 8.200C4 12.800 10 18 10 18M10 6.200a2 2 0 1 0 0 4 2 2 0 0 0 0-4',
  voice: 'M10 2.500a2.500 2.500 0 0 0-2.500 2.500v5a2.500 2.500 0 0 0 5 0V5A2.500 2.500 0 0 0 10 2.500M5 10a5 5 0 0 0 10 0M10 15v2.500',
  image: 'M3 4h14v12H3zM3 13.500l4-4 3.500 3.500 2.500-2.500 4 3.500M12.500 7.500h.01',
  file: 'M5 2.500h6.500L15 6v11.500H5zM11.500 2.500V6H15M7.500 10h5M7.500 13h5',
  smile: 'M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14M7 11.500c1 2.200 5 2.200 6 0M7.700 7.900h.01M12.300 7.900h.01',
  code: 'm7 5.500-4.500 4.500L7 14.500M13 5.500l4.500 4.500-4.500 4.500',
  stop: 'M7 2.500h6L17.500 7v6L13 17.500H7L2.500 13V7zM7 10h6',
  reply: 'M8 5 3 10l5 5M3.500 10H12c3 0 5 2 5 5',
  down: 'M10 4v12M5 11l5 5 5-5',
  again: 'M4 10a6 6 0 1 1 2 4.500M4 15.500V11h4.500',
  link: 'M8 12l4-4M9 5.500 11 3.500a4 4 0 0 1 5.500 5.500l-2 2M11 14.500l-2 2A4 4 0 0 1 3.500 11l2-2',
};

/** An element. `properties`: class, on (events), style (custom properties), anything else is an attribute; null and false leave it out. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'on') for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    else if (name === 'style') for (const [property, setting] of Object.entries(value)) element.style.setProperty(property, setting);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A small picture that only repeats what stands beside it; with a label it is a picture with a name. */
export function icon(name, label) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 20 20');
  svg.setAttribute('class', `icon icon-${name}`);
  if (label) { svg.setAttribute('role', 'img'); svg.setAttribute('aria-label', label); } else svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}

export const byId = (id) => document.getElementById(id);

const signatures = new WeakMap();

/**
 * Builds `container` again when `seen` (anything JSON can hold) changed, and keeps the nodes that are the same. A listener must therefore
 * depend on nothing but the `data-key` of its element, and read the rest when it is called. Focus stays on the element with the same key,
 * or goes to `fallback` when that is gone: it is never lost to the body.
 */
export function redraw(container, seen, build, fallback) {
  const signature = JSON.stringify(seen);
  if (signatures.get(container) === signature) return;
  signatures.set(container, signature);
  const focused = container.contains(document.activeElement) ? document.activeElement : null;
  const key = focused?.dataset.key;
  morphChildren(container, [build()].flat(Infinity).filter(Boolean));
  if (!focused || focused.isConnected) return;
  const same = key && [...container.querySelectorAll('[data-key]')].find((element) => element.dataset.key === key);
  (same || fallback?.() || byId('field')).focus();
}

/**
 * Makes `old` look like `fresh` and keeps what is the same, with its focus and its listeners: a button that somebody is about to press
 * must not be exchanged because a tick turned blue. Returns the node that is in the page now.
 */
export function morph(old, fresh) {
  const sameKind = old.nodeName === fresh.nodeName && old.dataset?.key === fresh.dataset?.key;
  if (!sameKind) { old.replaceWith(fresh); return fresh; }
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return old;
  }
  // Whether details are open is the reader's choice, and an input's attribute is only where it began.
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && name !== 'open') old.removeAttribute(name);
  if (old.nodeName === 'INPUT') old.checked = fresh.checked;
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) === value || name === 'open') continue;
    // The policy of the page forbids style attributes, and allows the same by the object.
    if (name === 'style') old.style.cssText = value; else old.setAttribute(name, value);
  }
  morphChildren(old, [...fresh.childNodes]);
  return old;
}

function morphChildren(parent, wanted) {
  const present = [...parent.childNodes];
  wanted.map((child) => (typeof child === 'string' ? new Text(child) : child)).forEach((child, index) => { if (present[index]) morph(present[index], child); else parent.append(child); });
  for (const extra of present.slice(wanted.length)) extra.remove();
}

/** A block of what a machine wrote, with a button that copies it. */
export function folded(key, title, value, open = false) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return el('details', { 'data-key': key, open, class: 'folded' },
    el('summary', { 'data-key': `${key} summary` }, title),
    el('pre', { tabindex: '0', 'data-key': `${key} text`, 'aria-label': title }, text));
}
