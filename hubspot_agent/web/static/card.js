// A card with a write that waits: read, edited, decided. What was typed in it survives a reload.
import { conversationPath, remembered, send } from './server.js';

const draftName = (form) => `hubspot-agent-card-${form.dataset.pause}-${form.dataset.index}`;
const inputs = (form) => [...form.querySelectorAll('input, textarea')];
const values = (form) => Object.fromEntries(inputs(form).map((each) => [each.name, each.value]));
const isEditing = (form) => form.classList.contains('editing');

const setEditing = (form, on) => {
  form.classList.toggle('editing', on);
  form.querySelectorAll('[data-when]').forEach((each) => { each.hidden = (each.dataset.when === 'editing') !== on; });
};

export const edit = (form, on) => {
  setEditing(form, on);
  if (!on) {
    inputs(form).forEach((each) => { each.value = each.dataset.proposed; });
    remembered('sessionStorage', draftName(form), '');
  }
  (on ? inputs(form)[0] : form.querySelector('[data-decision="edit"]'))?.focus();
};

// Gives a card that was made anew what was typed in it before.
export const restoreCard = (element) => {
  const form = element.querySelector('.approval');
  if (!form) return;
  const asked = form.hasAttribute('data-editing'), draft = remembered('sessionStorage', draftName(form));
  if (draft) {
    const typed = JSON.parse(draft);
    inputs(form).forEach((each) => { if (each.name in typed) each.value = typed[each.name]; });
  }
  if (asked || draft) setEditing(form, true);
  if (asked) form.querySelector('[aria-invalid]')?.focus();
};

export const keepCard = (form) => {
  if (isEditing(form)) remembered('sessionStorage', draftName(form), JSON.stringify(values(form)));
};

export const enableCards = () => document.querySelectorAll('.approval button:disabled').forEach((each) => { each.disabled = false; });

// Sends a decision; returns what the server says of it.
export const decide = async (form, choice, contact = '') => {
  form.querySelectorAll('button').forEach((each) => { each.disabled = true; });
  const { pause, index } = form.dataset, fields = choice === 'edit' ? values(form) : {};
  const answer = await send(conversationPath('/decisions'), { pause, index: Number(index), choice, fields, contact });
  if (answer?.taken) remembered('sessionStorage', draftName(form), '');
  else enableCards();
  return answer;
};
