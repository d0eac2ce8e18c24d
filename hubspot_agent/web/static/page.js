// The page of the chat: shows what the server sends of the conversation, and sends back what is asked for.
import { decide, edit, enableCards, keepCard } from './card.js';
import { box, fill, nextWaiting, restoreTyped, say, sendAgain, takeBack, takeTyped, wait } from './composer.js';
import { choose, conversation, conversationPath, newId, remembered, send } from './server.js';
import { markCurrent, menuIsOpen, openMenu, refreshList } from './sidebar.js';
import { follow, reconnect } from './stream.js';
import { atEnd, clear, count, setEarlier, show, toEnd } from './transcript.js';

const find = (selector) => document.querySelector(selector);
const words = document.body.dataset, coarse = matchMedia('(pointer: coarse)');
let busy = true, listVersion = null, fresh = true, problem = '';

const alarm = (said) => {
  find('.lost').textContent = said;
  find('.lost').hidden = !said;
};

const offerSending = () => { find('.send').hidden = busy && !box.value.trim(); };

const setBusy = (on, doing = words.thinking) => {
  busy = on;
  find('.doing').textContent = on ? doing : '';
  find('.doing').classList.toggle('on', on);
  offerSending();
  find('.stop').hidden = !on;
  find('.log').setAttribute('aria-busy', on);
};

const offer = (buttons, replies) => {
  const made = [
    ...replies.map((reply) => ({ label: reply, data: { reply } })),
    ...(replies.length ? [] : buttons).map(({ action, label }) => ({ label, data: { action } })),
  ].map(({ label, data }) => {
    const button = Object.assign(document.createElement('button'), { type: 'button', textContent: label });
    Object.assign(button.dataset, data);
    return button;
  });
  find('.offers').replaceChildren(...made);
  find('.offers').hidden = made.length === 0;
};

const title = (view) => {
  const typedIn = Boolean(find('.log .user'));
  find('.conversation-menu').hidden = !typedIn;
  find('h1').textContent = typedIn ? view.title : words.title;
  document.title = typedIn ? `${view.title} - ${words.title}` : words.title;
  document.body.classList.toggle('empty', count() <= 1 && !typedIn);
};

const focus = () => {
  const card = find('.approval:not(.seen)'), nowhere = document.activeElement === document.body;
  if (card) {
    card.classList.add('seen');
    // A tall card is read from its top.
    if (card.offsetHeight > window.innerHeight / 2) card.closest('article').scrollIntoView({ block: 'start' });
    if (!box.value && (nowhere || document.activeElement === box)) card.focus({ preventScroll: true });
  } else if (nowhere && !busy && !coarse.matches && !menuIsOpen()) {
    box.focus({ preventScroll: true });
  }
};

const render = (view) => {
  if (view.version !== words.version) { location.reload(); return; }
  if ([words.lost, problem].includes(find('.lost').textContent)) alarm('');
  const followed = fresh || atEnd();
  show(view.items);
  if ('earlier' in view) { setEarlier(view.earlier); sendAgain(view.items, notSaid); }
  document.querySelectorAll('.receipt [data-action=undo]').forEach((each) => {
    each.hidden = each.closest('[data-item]').dataset.item !== view.undo;
  });
  offer(view.buttons, view.replies);
  setBusy(view.busy, view.doing || words.thinking);
  if (!busy) enableCards();
  title(view);
  if (listVersion !== null && view.list !== listVersion) refreshList();
  listVersion = view.list;
  if (followed) toEnd();
  focus();
  if (fresh && !new URLSearchParams(location.search).has('c')) choose(conversation(), 'replaceState');
  fresh = false;
  if (!busy && !find('.approval')) sayWaiting();
};

const refused = (problem) => {
  alarm(problem ?? words.notTaken);
  reconnect();
};

// A message that is not taken waits again.
const notSaid = (problem) => { problem ? refused(problem) : reconnect(); };

// Says so when the server has not taken what was asked, or has not been reached.
const check = (answer) => { if (!answer?.taken) refused(answer ? answer.problem : words.lost); };
const ask = async (path, body) => check(await send(conversationPath(path), body));

// Lets go of what has the focus, on a phone without bringing up its keyboard.
const leave = () => { coarse.matches ? document.activeElement.blur() : box.focus({ preventScroll: true }); };

const begin = (act) => {
  alarm('');
  leave();
  offer([], []);
  setBusy(true);
  act();
};

const speak = (said) => {
  if (!said.trim()) return;
  if (busy) { wait(said); return; }
  begin(() => say(said, notSaid));
  document.body.classList.remove('empty');
  toEnd();
};

const sayWaiting = () => {
  const said = nextWaiting();
  if (!said) return;
  offer([], []);
  setBusy(true);
  say(said, notSaid, true);
  toEnd();
};

const go = (id, how) => {
  if (menuIsOpen()) openMenu(false);
  choose(id, how);
  clear();
  offer([], []);
  setBusy(true);
  find('.doing').textContent = '';
  fresh = true;
  restoreTyped();
  markCurrent();
  reconnect();
};

const copy = async (copied) => {
  try {
    await navigator.clipboard.writeText(copied);
    find('.doing').textContent = words.copied;
  } catch { /* The browser does not allow it here. */ }
};

const dialog = async (name) => {
  const asking = find(`dialog.${name}`), input = asking.querySelector('input');
  find('.conversation-menu').open = false;
  if (input) input.value = find('h1').textContent;
  asking.returnValue = '';
  asking.showModal();
  input?.select();
  await new Promise((closed) => asking.addEventListener('close', closed, { once: true }));
  return asking.returnValue === 'do';
};

const change = async (name) => {
  if (!await dialog(name)) return;
  if (name === 'rename') await send(conversationPath(), { title: find('dialog.rename input').value }, 'PATCH');
  else if (await send(conversationPath(), {}, 'DELETE')) { go(newId()); refreshList(); }
};

document.addEventListener('click', (event) => {
  const on = (selector) => event.target.closest(selector);
  const card = on('.approval'), item = on('[data-item]')?.dataset.item, link = on('[data-conversation]');
  const { decision, contact } = on('[data-decision]')?.dataset ?? {};
  if (decision === 'edit' || decision === 'cancel') edit(card, decision === 'edit');
  else if (decision && !busy) begin(async () => check(await decide(card, decision, contact)));
  else if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); go(link.dataset.conversation); }
  else if (on('[data-action]') && !busy) begin(() => ask('/actions', { action: on('[data-action]').dataset.action }));
  else if (on('[data-take-back]')) takeBack(Number(on('[data-take-back]').dataset.takeBack));
  else if (on('[data-reply]')) speak(on('[data-reply]').dataset.reply);
  else if (on('[data-fill]')) fill(on('[data-fill]').dataset.fill);
  else if (on('[data-more]')) ask('/more', { item });
  else if (on('[data-reopen]') && !busy) begin(() => ask('/reopened', { item }));
  else if (on('[data-copy]')) copy(on('article').querySelector('.said').innerText);
  else if (on('[data-copy-row]')) copy([...on('tr').querySelectorAll('th, td[data-label]')].map((cell) => cell.innerText.trim()).join('\t'));
  else if (on('[data-open-dialog]')) change(on('[data-open-dialog]').dataset.openDialog);
  else if (on('.new')) { go(newId()); leave(); }
  else if (on('.stop')) { leave(); ask('/stop', {}); }
  else if (on('.skip')) { event.preventDefault(); box.focus(); }
  else if (on('.print')) { find('.conversation-menu').open = false; window.print(); }
  else if (on('.close-notice')) { on('.notice').hidden = true; remembered('sessionStorage', 'hubspot-agent-notice', on('.notice').textContent); }
  if (!on('.conversation-menu')) find('.conversation-menu').open = false;
});

document.addEventListener('submit', (event) => {
  if (event.target.matches('.composer')) { event.preventDefault(); speak(takeTyped()); offerSending(); }
  else if (event.target.matches('.approval')) {
    event.preventDefault();
    if (!busy) begin(async () => check(await decide(event.target, 'edit')));
  }
});

document.addEventListener('input', (event) => {
  const card = event.target.closest('.approval');
  if (card) keepCard(card);
  if (event.target === box) offerSending();
});

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') {
    const card = event.target.closest?.('.approval.editing');
    if (card) edit(card, false);
    else if (menuIsOpen()) openMenu(false);
    else if (find('.conversation-menu').open) { find('.conversation-menu').open = false; find('summary').focus(); }
    else if (busy && !find('dialog[open]')) ask('/stop', {});
  } else if (event.target === box && event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    find('.composer').requestSubmit();
  }
});

const keepFor = (name, value) => { document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`; };
find('.language').addEventListener('change', (event) => {
  keepFor('hubspot_agent_language', event.target.value);
  // Nothing but a greeting in the other language is worth no keeping.
  location.assign(find('.log .user') ? location.href : '/');
  if (find('.log .user')) location.reload();
});
find('.theme').addEventListener('change', (event) => {
  keepFor('hubspot_agent_theme', event.target.value);
  event.target.value ? document.documentElement.dataset.theme = event.target.value : delete document.documentElement.dataset.theme;
});
document.querySelectorAll('.export').forEach((link) => link.addEventListener('click', () => {
  link.href = conversationPath(`/export.${link.dataset.format}`);
  find('.conversation-menu').open = false;
}));
window.addEventListener('popstate', () => go(null, 'replaceState'));

const notice = find('.notice');
if (notice && remembered('sessionStorage', 'hubspot-agent-notice') === notice.textContent) notice.hidden = true;
restoreTyped();
refreshList();
follow({
  view: render,
  lost: () => alarm(words.lost),
  problem: (said) => { problem = said; alarm(said); },
  deleted: () => go(newId()),
});
