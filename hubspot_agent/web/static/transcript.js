// Shows the items of the conversation. Their HTML is the server's, with every value of people and the CRM escaped.
import { restoreCard } from './card.js';
import { conversationPath, load } from './server.js';

const log = document.querySelector('.log'), earlier = document.querySelector('.earlier');
const shown = new Map();

const parsed = (html) => {
  const template = document.createElement('template');
  template.innerHTML = html;
  return template.content.firstElementChild;
};
const position = (element) => Number(element.dataset.position);

export const clear = () => { shown.clear(); log.replaceChildren(); earlier.hidden = true; };
export const count = () => shown.size;
export const has = (id) => shown.has(id);

const place = (element) => {
  let before = log.lastElementChild;
  while (before && (before === element || position(before) > position(element))) before = before.previousElementSibling;
  before ? before.after(element) : log.prepend(element);
};

const change = (known, item) => {
  const now = parsed(item.html), old = known.element;
  if (now.querySelector('.approval') || old.querySelector('.approval')) {
    old.replaceWith(now);
    known.element = now;
    restoreCard(now);
  } else {  // The element stays, and with it what is selected and focused around what is new.
    old.className = now.className;
    old.replaceChildren(...now.childNodes);
    if (position(old) !== position(now)) {  // Shown as it was typed, before the server had its place.
      old.dataset.position = now.dataset.position;
      place(old);
    }
  }
  known.html = item.html;
};

const add = (item) => {
  const element = parsed(item.html);
  place(element);
  shown.set(item.id, { element, html: item.html });
  restoreCard(element);
};

export const show = (items) => {
  const last = log.lastElementChild, first = log.firstElementChild;
  if (last && items.length && items[0].position > position(last) + 1) clear();
  for (const item of items) {
    const known = shown.get(item.id);
    if (!known) { if (!first || item.position > position(first)) add(item); }
    else if (known.html !== item.html) change(known, item);
  }
};

// What was typed is seen at once; the server's own item, of the same id, takes its place.
export const showTyped = (id, words) => {
  const element = parsed('<article class="user"><span class="hidden"></span><p dir="auto"></p></article>');
  element.firstChild.textContent = document.body.dataset.you;
  element.lastChild.textContent = words;
  element.dataset.item = id;
  element.dataset.position = log.lastElementChild ? position(log.lastElementChild) + 1 : 1;
  log.append(element);
  shown.set(id, { element, html: '' });
};

export const remove = (id) => { shown.get(id)?.element.remove(); shown.delete(id); };

export const setEarlier = (there) => {
  if (!log.firstElementChild || shown.size <= 40) earlier.hidden = !there;
};

let loading = false;
const loadEarlier = async () => {
  if (loading || earlier.hidden || !log.firstElementChild) return;
  loading = true;
  const path = conversationPath(`/items?before=${position(log.firstElementChild)}`), page = await load(path);
  if (page && path === conversationPath(`/items?before=${position(log.firstElementChild)}`)) {
    const height = document.documentElement.scrollHeight, top = window.scrollY;
    for (const item of page.items) if (!shown.has(item.id)) add(item);
    earlier.hidden = !page.earlier;
    window.scrollTo(0, top + document.documentElement.scrollHeight - height);
  }
  loading = false;
};
earlier.addEventListener('click', loadEarlier);
new IntersectionObserver((entries) => {
  if (entries.some((each) => each.isIntersecting)) loadEarlier();
}, { rootMargin: '400px' }).observe(earlier);

// Whether the reader is at the end of the conversation, and then goes on to be there.
export const atEnd = () => document.documentElement.scrollHeight - window.scrollY - window.innerHeight < 120;
export const toEnd = () => window.scrollTo(0, document.documentElement.scrollHeight);
