// Puts the page together: one drawing of everything after each change, and the connection to the simulator.

import { drawChat, startChat } from './chat.js';
import { drawComposer, startComposer } from './composer.js';
import { byId } from './dom.js';
import { startLayout } from './layout.js';
import { drawNotices } from './notices.js';
import { drawPeople } from './people.js';
import { changed, connect, onChange } from './state.js';
import { drawTrouble } from './trouble.js';
import { drawWhy } from './why.js';

const CLOCK_MS = 20000; // the window clock shows minutes

startLayout();
startComposer();
startChat();
for (const draw of [drawNotices, drawPeople, drawChat, drawComposer, drawWhy, drawTrouble]) onChange(draw);
setInterval(changed, CLOCK_MS);
changed();
connect();
byId('field').focus();
