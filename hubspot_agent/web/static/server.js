// What the page asks of the server. The address names the conversation (?c=...); a new one is named here, so that
// whatever is asked next is asked of it.
export const newId = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((each) => each.toString(16).padStart(2, '0')).join('');

const named = () => {
  const name = new URLSearchParams(location.search).get('c');
  return /^[0-9a-f]{32}$/.test(name) ? name : newId();
};

let id = named();
export const conversation = () => id;
export const conversationPath = (rest = '') => `/conversations/${id}${rest}`;

// Makes another conversation the one that is shown.
export const choose = (other, how = 'pushState') => {
  id = other ?? named();
  history[how](null, '', `/?c=${id}`);
};

// Sends JSON and returns what the server answers; `undefined` when there is no connection.
export const send = async (path, body = {}, method = 'POST') => {
  try {
    const response = await fetch(path, {
      method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
    });
    if (response.status === 401) location.reload();
    return await response.json();
  } catch { return undefined; }
};

export const load = async (path) => {
  try {
    const response = await fetch(path);
    if (response.status === 401) location.reload();
    return response.ok ? await response.json() : undefined;
  } catch { return undefined; }
};

// A browser may keep nothing, as in a frame of another site's.
export const remembered = (kind, name, value) => {
  try {
    const store = window[kind];
    if (value === undefined) return store.getItem(name);
    value ? store.setItem(name, value) : store.removeItem(name);
  } catch { /* Then it is forgotten. */ }
  return null;
};
