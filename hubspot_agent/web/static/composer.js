// Where messages are typed. A message whose sending got lost is sent again when there is a connection.
import { conversation, conversationPath, newId, remembered, send } from './server.js';
import { has, remove, showTyped } from './transcript.js';

export const box = document.querySelector('#message');
const draft = (value) => remembered('sessionStorage', `hubspot-agent-draft-${conversation()}`, value);

let unsent = null;

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

export const restoreDraft = () => { box.value = draft() ?? ''; grow(); };

const deliver = async (refused) => {
  const message = unsent, answer = await send(message.path, { id: message.id, words: message.words });
  if (answer === undefined || unsent !== message) return;
  unsent = null;
  if (answer.taken) return;
  remove(message.id);
  if (!box.value) fill(message.words);
  refused(answer.problem);
};

// Shows a message and sends it; `refused` is told when the server does not take it.
export const say = (words, refused) => {
  unsent = { id: newId(), words, path: conversationPath('/messages') };
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
