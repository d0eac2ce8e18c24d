// Where messages are typed. A message whose sending got lost is sent again when there is a connection; one that is typed
// while the assistant is busy waits until it is not, and can be taken back.
import { conversation, conversationPath, newId, remembered, send } from './server.js';
import { has, remove, showTyped } from './transcript.js';

export const box = document.querySelector('#message');
const list = document.querySelector('.waiting'), page = document.body.dataset;
const draft = (value) => remembered('sessionStorage', `hubspot-agent-draft-${conversation()}`, value);
const keepWaiting = (value) => remembered('sessionStorage', `hubspot-agent-waiting-${conversation()}`, value);

let unsent = null, waiting = [];

const grow = () => {
  box.style.height = 'auto';
  box.style.height = `${box.scrollHeight + 2}px`;
};

export const fill = (words) => {
  box.value = words;
  grow();
  draft(words);
  box.focus();
};

const showWaiting = () => {
  keepWaiting(waiting.length ? JSON.stringify(waiting) : '');
  list.replaceChildren(...waiting.map((words, place) => {
    const item = document.createElement('li'), back = document.createElement('button');
    Object.assign(back, { type: 'button', textContent: page.takeBackLabel });
    back.dataset.takeBack = place;
    item.append(Object.assign(document.createElement('p'), { textContent: words, dir: 'auto' }), back);
    return item;
  }));
  list.hidden = waiting.length === 0;
};

export const wait = (words) => { waiting.push(words); showWaiting(); };
export const nextWaiting = () => { const words = waiting.shift(); showWaiting(); return words ?? ''; };
export const takeBack = (place) => {
  const [words] = waiting.splice(place, 1);
  showWaiting();
  fill([words, box.value].filter(Boolean).join('\n'));
};

export const restoreTyped = () => {
  box.value = draft() ?? '';
  grow();
  waiting = JSON.parse(keepWaiting() || '[]');
  showWaiting();
};

const deliver = async (refused) => {
  const message = unsent, { id, words, waited } = message, answer = await send(message.path, { id, words, waited });
  if (answer === undefined || unsent !== message) return;
  unsent = null;
  if (answer.taken) return;
  remove(id);
  // The conversation has gone on meanwhile, or there is a problem with what was said.
  if (!answer.problem) { waiting.unshift(words); showWaiting(); }
  else if (!box.value) fill(words);
  refused(answer.problem);
};

// Shows a message and sends it; `refused` is told when the server does not take it. One that waited is no decision
// about a card, which nobody had seen when it was typed.
export const say = (words, refused, waited = false) => {
  unsent = { id: newId(), words, waited, path: conversationPath('/messages') };
  showTyped(unsent.id, words);
  deliver(refused);
};

// After the connection was lost: what the server shows has arrived, what it does not show is sent again.
export const sendAgain = (items, refused) => {
  if (!unsent) return;
  if (items.some((item) => item.id === unsent.id)) unsent = null;
  else if (has(unsent.id) && unsent.path === conversationPath('/messages')) deliver(refused);
};

export const takeTyped = () => {
  const words = box.value;
  box.value = '';
  grow();
  draft('');
  return words;
};

box.addEventListener('input', () => { grow(); draft(box.value); });
