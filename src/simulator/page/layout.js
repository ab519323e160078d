// Where things are: areas that F6 goes round, sheets on small screens, and focus that goes back to where it came from.

import { byId, icon } from './dom.js';
import { changed } from './state.js';

const wide = matchMedia('(min-width: 1100px)');
const medium = matchMedia('(min-width: 768px)');

let opener = null;

/** Whether an area ("people" or "panel") is a sheet at this width. */
export const isSheet = (name) => (name === 'people' ? !wide.matches : !medium.matches);

/** The sheet that is open, or null. */
export const openedSheet = () => document.body.dataset.sheet ?? null;

const areas = () => [byId('top'), byId('notices'), byId('people'), byId('chat'), byId('panel')];

/** Shows an area: as a sheet that makes the rest inert where there is no room beside the chat. */
export function openSheet(name) {
  if (!isSheet(name)) return;
  opener = document.activeElement;
  document.body.dataset.sheet = name;
  byId('backdrop').hidden = false;
  for (const area of areas()) area.inert = area.id !== name;
  byId(name).inert = false;
  const first = name === 'people' ? byId(name).querySelector('[aria-current=true]') : byId(name).querySelector('[aria-selected=true]');
  (first ?? byId(name).querySelector('button')).focus();
}

/** Closes the sheet and gives focus back to what opened it. */
export function closeSheet() {
  if (!openedSheet()) return;
  delete document.body.dataset.sheet;
  byId('backdrop').hidden = true;
  for (const area of areas()) area.inert = false;
  hideSheets();
  const back = opener?.isConnected ? opener : opener?.dataset.key ? document.querySelector(`[data-key="${CSS.escape(opener.dataset.key)}"]`) : null;
  opener = null;
  (back ?? byId('field')).focus({ preventScroll: true });
}

/** An area that is a sheet and closed can neither be seen nor reached. */
function hideSheets() {
  for (const name of ['people', 'panel']) byId(name).inert = isSheet(name) && openedSheet() !== name;
}

/** Chooses Why or Trouble. */
export function showTab(name) {
  for (const each of ['why', 'trouble']) {
    const chosen = each === name;
    byId(`tab-${each}`).setAttribute('aria-selected', String(chosen));
    byId(`tab-${each}`).tabIndex = chosen ? 0 : -1;
    byId(each).hidden = !chosen;
  }
  changed();
}

export const shownTab = () => (byId('why').hidden ? 'trouble' : 'why');

/** Opens Why or Trouble, as a sheet where it has no place of its own. */
export function openPanel(name) {
  showTab(name);
  openSheet('panel');
}

function nextTab(event) {
  if (!['ArrowLeft', 'ArrowRight', 'Home', 'End'].includes(event.key)) return;
  event.preventDefault();
  const other = event.key === 'Home' ? 'why' : event.key === 'End' ? 'trouble' : shownTab() === 'why' ? 'trouble' : 'why';
  showTab(other);
  byId(`tab-${other}`).focus();
}

/** The places that F6 goes to, each with what gets the focus there. */
function stops() {
  const places = [
    ['people', () => byId('people').querySelector('[aria-current=true]') ?? byId('people').querySelector('button')],
    ['log', () => byId('log').querySelector('.bubble[tabindex="0"]')],
    ['composer', () => byId('field')],
    ['panel', () => byId('panel').querySelector('[aria-selected=true]')],
  ];
  return places.filter(([name]) => !byId(name).inert && !byId(name).closest('[inert]'));
}

function goRound(back) {
  const places = stops();
  const here = places.findIndex(([name]) => byId(name).contains(document.activeElement));
  for (let step = 1; step <= places.length; step += 1) {
    const at = (Math.max(here, 0) + (here < 0 ? step - 1 : back ? -step : step) + places.length * 2) % places.length;
    const target = places[at][1]();
    if (target) { target.focus(); return; }
  }
}

export function startLayout() {
  byId('close-panel').append(icon('close'));
  byId('close-panel').addEventListener('click', closeSheet);
  byId('backdrop').addEventListener('click', closeSheet);
  for (const name of ['why', 'trouble']) {
    byId(`tab-${name}`).addEventListener('click', () => showTab(name));
    byId(`tab-${name}`).addEventListener('keydown', nextTab);
  }
  for (const query of [wide, medium]) query.addEventListener('change', () => { if (openedSheet()) closeSheet(); hideSheets(); });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'F6') { event.preventDefault(); goRound(event.shiftKey); return; }
    if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('dialog[open]')) return;
    if (openedSheet()) closeSheet();
    else if (byId('panel').contains(document.activeElement)) byId('log').querySelector('.bubble[tabindex="0"]')?.focus();
    else if (byId('people').contains(document.activeElement)) byId('field').focus();
  });
  hideSheets();
}
