// The page of the chat. The server says what is to be seen (`props.value`); this shows it, and sends back what
// is asked for with `trigger('submit', ...)`. What people and the CRM say is put in as text, never as HTML; a
// card's HTML comes from the server, with every value in it escaped.
const root = element.querySelector('.hsa'), find = (selector) => root.querySelector(selector);
const log = find('.log'), scroll = find('.scroll'), words = find('#hsa-words');
const items = new Map();
let shown = null, busy = false, awaited = false, heard = 0, sent = '';

// Which conversation is wanted: the address names it, and a new one is named here, so that whatever is asked next
// is asked of it.
const newName = () => [...crypto.getRandomValues(new Uint8Array(16))].map((each) => each.toString(16).padStart(2, '0')).join('');
const named = () => {
  const name = new URLSearchParams(location.search).get('c');
  return /^[0-9a-f]{32}$/.test(name) ? name : newName();
};
let wanted = named();

const remembered = (kind, name, value) => {
  try {
    const store = window[kind];
    if (value === undefined) return store.getItem(name);
    value ? store.setItem(name, value) : store.removeItem(name);
  } catch { /* A browser may keep nothing, as in a frame of another site's. */ }
  return null;
};
const draft = (value) => remembered('sessionStorage', `hubspot-agent-draft-${wanted}`, value);
let language = remembered('localStorage', 'hubspot-agent-language');

const ask = (act, more = {}) => {
  awaited = true;
  heard = performance.now();
  trigger('submit', { act, conversation: wanted, language, ...more });
};

// ---- showing ----

const say = (view) => {
  document.documentElement.lang = view.language;
  document.title = view.words.title;
  root.querySelectorAll('[data-word]').forEach((each) => { each.textContent = view.words[each.dataset.word]; });
  root.querySelectorAll('[data-label]').forEach((each) => {
    each.setAttribute('aria-label', view.words[each.dataset.label]);
  });
  words.placeholder = view.words.placeholder;
  find('.notice').textContent = view.notice;
  const select = find('.language');
  select.replaceChildren(...view.languages.map(({ code, name }) => new Option(name, code, false, code === view.language)));
  for (const option of select.options) option.lang = option.value;
  find('.log-out').hidden = !view.user;
  find('.me').textContent = view.user ?? '';
};

const list = (view) => {
  find('.none-yet').hidden = view.conversations.length > 0;
  find('.conversations').replaceChildren(...view.conversations.map(({ id, title }) => {
    const link = document.createElement('a');
    Object.assign(link, { href: `?c=${id}`, textContent: title, dir: 'auto' });
    link.dataset.conversation = id;
    if (id === view.conversation) link.setAttribute('aria-current', 'page');
    const entry = document.createElement('li');
    entry.append(link);
    return entry;
  }));
};

const bubble = (item, view) => {
  const made = document.createElement('article');
  made.className = item.kind;
  if (item.kind === 'card') return made;
  const who = document.createElement('span'), said = document.createElement('p');
  who.className = 'hidden';
  who.textContent = view.words[item.kind === 'user' ? 'you' : 'assistant'];
  said.dir = 'auto';
  made.append(who, said);
  return made;
};

const fill = (made, item, old) => {
  if (item.kind === 'card') {
    if (old?.html !== item.html) made.innerHTML = item.html;
  } else if (old?.text !== item.text) {
    made.lastChild.textContent = item.text;
  }
};

const transcript = (view) => {
  if (shown?.conversation !== view.conversation || shown?.language !== view.language) {
    log.replaceChildren();
    items.clear();
  }
  const keep = new Set(view.items.map((item) => item.id));
  for (const [id, { made }] of items) if (!keep.has(id)) { made.remove(); items.delete(id); }
  let place = log.firstElementChild;
  for (const item of view.items) {
    const known = items.get(item.id);
    const made = known?.made ?? bubble(item, view);
    fill(made, item, known?.item);
    if (made === place) place = place.nextElementSibling;
    else log.insertBefore(made, place);
    items.set(item.id, { made, item });
  }
};

const offers = (view) => {
  const group = find('.offers');
  group.hidden = view.buttons.length === 0;
  group.replaceChildren(...view.buttons.map(({ action, label }) => {
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', textContent: label });
    button.dataset.action = action;
    return button;
  }));
};

const working = (on, doing) => {
  busy = on;
  find('.doing').textContent = on ? doing : '';
  find('.doing').classList.toggle('on', on);
  find('.send').hidden = on;
  find('.stop').hidden = !on;
  log.setAttribute('aria-busy', on);
};

const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 120;
const toEnd = () => { scroll.scrollTop = scroll.scrollHeight; };

const alarm = (said) => {
  find('.lost').textContent = said;
  find('.lost').hidden = !said;
};

const render = (view) => {
  heard = performance.now();
  if (view?.problem) { awaited = false; working(false); alarm(view.problem); }
  if (view?.conversation !== wanted) return;
  awaited = view.busy;
  alarm('');
  const moved = shown?.conversation !== view.conversation;
  const follow = moved || atEnd(), lostFocus = () => document.activeElement === document.body;
  if (shown?.language !== view.language || moved) say(view);
  if (JSON.stringify(shown?.conversations) !== JSON.stringify(view.conversations) || moved) list(view);
  transcript(view);
  offers(view);
  working(view.busy, view.doing || view.words.thinking);
  const before = shown;
  shown = view;
  if (new URLSearchParams(location.search).get('c') !== wanted) {
    history[before && moved ? 'pushState' : 'replaceState'](null, '', `?c=${wanted}`);
  }
  if (moved) { words.value = draft() ?? ''; grow(); }
  if (!view.taken && sent && !words.value) { words.value = sent; grow(); }
  if (!view.busy) sent = '';
  const waiting = log.querySelector('.approval:not(.seen)');
  if (waiting) {
    waiting.classList.add('seen');
    if (!words.value && (lostFocus() || document.activeElement === words)) waiting.focus({ preventScroll: true });
  } else if (lostFocus() && !view.busy && !matchMedia('(pointer: coarse)').matches) {
    words.focus({ preventScroll: true });
  }
  if (follow) toEnd();
};

// ---- asking ----

const grow = () => {
  words.style.height = 'auto';
  words.style.height = `${words.scrollHeight + 2}px`;
  draft(words.value);
};

const submit = () => {
  const typed = words.value;
  if (busy || !shown || !typed.trim()) return;
  sent = typed;
  words.value = '';
  grow();
  // Seen at once; the server's own list of items takes its place.
  transcript({ ...shown, items: [...shown.items, { id: 'sent', kind: 'user', text: typed }] });
  offers({ buttons: [] });
  working(true, shown.words.thinking);
  toEnd();
  ask('say', { words: typed });
};

const begin = () => {
  wanted = newName();
  log.replaceChildren();
  items.clear();
  ask('open');
};

const editing = (form, on) => {
  form.querySelectorAll('[data-when]').forEach((each) => { each.hidden = (each.dataset.when === 'editing') !== on; });
  const inputs = form.querySelectorAll('input');
  if (!on) inputs.forEach((each) => { each.value = each.dataset.proposed; });
  (on ? inputs[0] : form.querySelector('[data-decision="edit"]'))?.focus();
};

const decide = (form, choice, more = {}) => {
  if (busy) return;
  form.querySelectorAll('button').forEach((each) => { each.disabled = true; });
  words.focus({ preventScroll: true });
  working(true, shown.words.thinking);
  const { pause, index } = form.dataset;
  ask('decide', { pause, index: Number(index), choice, ...more });
};

const menu = (open) => {
  root.classList.toggle('menu-open', open);
  find('.menu').setAttribute('aria-expanded', open);
  (open ? find('.close') : find('.menu')).focus();
};

root.addEventListener('click', (event) => {
  const on = (selector) => event.target.closest(selector);
  const choice = on('[data-decision]'), link = on('[data-conversation]'), button = on('[data-action]');
  if (choice) {
    const form = choice.closest('form'), { decision, contact } = choice.dataset;
    if (decision === 'edit' || decision === 'cancel') editing(form, decision === 'edit');
    else decide(form, decision, contact ? { contact } : {});
  } else if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    wanted = link.dataset.conversation;
    if (root.classList.contains('menu-open')) menu(false);
    ask('open');
  } else if (button && !busy) {
    words.focus({ preventScroll: true });
    offers({ buttons: [] });
    working(true, shown.words.thinking);
    ask('press', { action: button.dataset.action });
  } else if (on('.new')) {
    if (root.classList.contains('menu-open')) menu(false);
    words.focus({ preventScroll: true });
    begin();
  } else if (on('.stop')) {
    words.focus({ preventScroll: true });
    ask('stop');
  } else if (on('.menu') || on('.close')) {
    menu(Boolean(on('.menu')));
  } else if (on('.skip')) {
    event.preventDefault();
    words.focus();
  }
});

root.addEventListener('submit', (event) => {
  if (event.target.matches('.log-out')) return;
  event.preventDefault();
  if (event.target.matches('.composer')) submit();
  else {
    const inputs = [...event.target.querySelectorAll('input')];
    decide(event.target, 'edit', { fields: Object.fromEntries(inputs.map((each) => [each.name, each.value])) });
  }
});

root.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') {
    const form = event.target.closest('.approval');
    if (form && event.target.matches('input')) editing(form, false);
    else if (root.classList.contains('menu-open')) menu(false);
  } else if (event.target === words && event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    submit();
  }
});

words.addEventListener('input', grow);
find('.language').addEventListener('change', (event) => {
  language = event.target.value;
  remembered('localStorage', 'hubspot-agent-language', language);
  // Nothing but a greeting in the other language is worth no keeping.
  if (shown?.items.length === 1) begin();
  else ask('open');
});
window.addEventListener('popstate', () => {
  wanted = named();
  ask('open');
});

// ---- the connection ----

// The server is asked now and then whether it is still there, and still the same: after it was away the page is
// loaded anew, and shows what has become of the conversation meanwhile.
const EVERY = 2000, PATIENCE = 10000;
let known = null, lost = false;
const look = async () => {
  try {
    const answer = await fetch('gradio_api/app_id', { cache: 'no-store', signal: AbortSignal.timeout(20000) });
    if (answer.status === 401) { location.reload(); return; }
    const { app_id: now } = await answer.json();
    if (lost || (known !== null && now !== known)) { location.reload(); return; }
    known = now;
    // What the server said may have got lost on the way: it is asked again.
    if (awaited && performance.now() - heard > PATIENCE) ask('open');
  } catch {
    lost = true;
    alarm(shown?.words.lost ?? '…');
  }
};
const keepLooking = async () => {
  if (!document.hidden) await look();
  setTimeout(keepLooking, EVERY);
};
document.addEventListener('visibilitychange', () => { if (!document.hidden && shown && !busy && !lost) ask('open'); });

watch('value', () => render(props.value));
ask('open');
keepLooking();
