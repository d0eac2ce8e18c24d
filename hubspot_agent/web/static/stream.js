// Follows a conversation: the server sends what is new to see. The connection is made again by itself.
import { conversationPath, load } from './server.js';

// A browser opens six connections to a server that speaks HTTP/1.1. This many windows keep one; the others ask again
// and again, so that there is always room for what is asked besides.
const MAX_STREAMS = 3, RETRY_MS = 1000, IDLE_POLL_MS = 3000, PROBLEM_RETRY_MS = 10000, SILENCE_MS = 50000;

let source = null, release = null, attempt = 0, timer = 0, heard = 0, seen = '', busy = true, listeners = {};

// Resolves to what gives the place back, or to null when the places are taken.
const takePlace = () => new Promise((resolve) => {
  if (!navigator.locks) { resolve(() => {}); return; }
  const from = (number) => {
    if (number === MAX_STREAMS) { resolve(null); return; }
    navigator.locks.request(`hubspot-agent-stream-${number}`, { ifAvailable: true }, (lock) => {
      if (lock) return new Promise((done) => { resolve(done); });
      from(number + 1);
      return undefined;
    }).catch(() => resolve(() => {}));
  };
  from(0);
});

const close = () => {
  attempt += 1;
  clearTimeout(timer);
  source?.close();
  release?.();
  source = release = null;
};

// Connects anew, and is sent everything.
const connectAnew = () => { seen = ''; connect(); };

const later = (ms) => { close(); timer = setTimeout(connect, ms); };

const lose = async () => {
  seen = '';
  later(RETRY_MS);
  listeners.lost();
  await load('/conversations');  // Loads the page anew when the session has ended.
};

const connect = async () => {
  close();
  if (document.hidden) return;
  const mine = attempt, place = await takePlace();
  if (mine !== attempt) { place?.(); return; }
  release = place;
  source = new EventSource(conversationPath(place ? '/events' : `/events?poll=${seen}`));
  heard = performance.now();
  const on = (name, act) => source.addEventListener(name, (event) => { heard = performance.now(); act(event); });
  on('view', (event) => {
    const view = JSON.parse(event.data);
    busy = view.busy;
    seen = view.stamp;
    listeners.view(view);
  });
  on('ping', () => {});
  on('end', () => later(busy ? RETRY_MS : IDLE_POLL_MS));
  on('deleted', () => { close(); listeners.deleted(); });
  on('logged_out', () => { close(); location.reload(); });
  on('problem', (event) => { later(PROBLEM_RETRY_MS); listeners.problem(JSON.parse(event.data).problem); });
  source.onerror = lose;
};

export const follow = (told) => { listeners = told; connectAnew(); };
export const reconnect = connectAnew;

// A window that nobody sees leaves its place to others.
document.addEventListener('visibilitychange', () => { document.hidden ? close() : connect(); });
window.addEventListener('offline', lose);
window.addEventListener('online', connectAnew);
window.addEventListener('pagehide', close);
window.addEventListener('pageshow', (event) => { if (event.persisted) connect(); });
setInterval(() => { if (source && performance.now() - heard > SILENCE_MS) connect(); }, SILENCE_MS / 3);
