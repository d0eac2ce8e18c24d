// The conversations one had: listed, searched, and on a narrow page shown when asked for.
import { conversation, load } from './server.js';

const find = (selector) => document.querySelector(selector);
const list = find('.conversations'), search = find('.search'), none = find('.none'), more = find('.more-conversations');
const PAGE_LENGTH = 30, SEARCH_DELAY_MS = 200;

let last = null, asked = 0, timer = 0;

const entry = ({ id, title, at }) => {
  const item = document.createElement('li'), link = document.createElement('a'), date = document.createElement('time');
  link.href = `/?c=${id}`;
  link.dataset.conversation = id;
  link.append(Object.assign(document.createElement('span'), { textContent: title, dir: 'auto' }), date);
  const when = new Date(at * 1000), today = when.toDateString() === new Date().toDateString();
  date.dateTime = when.toISOString();
  date.textContent = when.toLocaleString(document.documentElement.lang,
    today ? { hour: '2-digit', minute: '2-digit' } : { day: 'numeric', month: 'short', year: 'numeric' });
  if (id === conversation()) link.setAttribute('aria-current', 'page');
  item.append(link);
  return item;
};

const fetchPage = async (before) => {
  const number = ++asked, query = new URLSearchParams({ search: search.value.trim(), ...(before ? { before } : {}) });
  const page = await load(`/conversations?${query}`);
  return page && number === asked ? page : null;
};

const showEnd = (page) => {
  last = page.at(-1)?.at ?? last;
  more.hidden = page.length < PAGE_LENGTH;
  none.hidden = list.children.length > 0;
  none.textContent = search.value ? none.dataset.noneFound : none.dataset.none;
};

export const refreshList = async () => {
  const page = await fetchPage();
  if (!page) return;
  list.replaceChildren(...page.map(entry));
  showEnd(page);
};

export const markCurrent = () => list.querySelectorAll('a').forEach((each) => {
  each.toggleAttribute('aria-current', false);
  if (each.dataset.conversation === conversation()) each.setAttribute('aria-current', 'page');
});

export const menuIsOpen = () => document.body.classList.contains('menu-open');
export const openMenu = (open) => {
  document.body.classList.toggle('menu-open', open);
  find('.menu').setAttribute('aria-expanded', open);
  (open ? find('.close-menu') : find('.menu')).focus();
};

more.addEventListener('click', async () => {
  const page = await fetchPage(last);
  if (!page) return;
  list.append(...page.map(entry));
  showEnd(page);
});
search.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(refreshList, SEARCH_DELAY_MS); });
find('.menu').addEventListener('click', () => openMenu(true));
find('.close-menu').addEventListener('click', () => openMenu(false));
