// Reads without a connection what was read before, the night page and the urgent numbers always; shows what a push says.
const VERSION = "{{ version | safe }}";
const ALWAYS = {{ always | safe }};
const PRIVATE = {{ private | safe }};
const SHELL = "shell-" + VERSION, READ = "read", KEPT = 60, PATIENCE = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(ALWAYS)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name !== SHELL && name !== READ) await caches.delete(name);
    await self.clients.claim();
  })());
});

// A page that erases everything asks for the traces of reading to go as well, one that stops letters for what is on the screen of them; the first page ever,
// and these two, ask for pages to be kept.
self.addEventListener("message", (event) => {
  const { forget, hush, spare, keep: wanted } = event.data || {};
  event.waitUntil((async () => {
    if (forget) await caches.delete(READ);
    if (spare) await renew();
    if (hush) for (const notice of await self.registration.getNotifications()) notice.close();
    if (Array.isArray(wanted)) await Promise.allSettled(wanted.filter((url) => mine(new URL(url))).map(async (url) => {
      const response = await fetch(url);
      if (response.ok && !response.redirected) await keep(new Request(url), response);
    }));
  })());
});

// After a stop the pages that are always kept are others, and so are those with lists: what was kept of before goes. The same once it was taken back.
async function renew() {
  const shell = await caches.open(SHELL), read = await caches.open(READ);
  const pages = ALWAYS.filter((path) => path.endsWith("/"));
  for (const { url } of await read.keys()) {
    const { pathname } = new URL(url);
    if (pages.includes(pathname) || LISTS.some((list) => list.endsWith("*") ? pathname.startsWith(list.slice(0, -1)) : pathname === list)) await read.delete(url);
  }
  await Promise.allSettled(pages.map(async (path) => {
    const response = await fetch(path, { cache: "no-store" });
    if (response.ok && !response.redirected) await shell.put(path, response);
  }));
}
const LISTS = {{ lists | safe }};

// Public and ours: the rest is never kept.
const mine = (url) => url.origin === self.location.origin && !PRIVATE.some((path) => url.pathname === path || url.pathname.startsWith(path.replace(/\/?$/, "/")));

self.addEventListener("fetch", (event) => {
  const request = event.request;
  if (request.method !== "GET" || !mine(new URL(request.url))) return;
  const { pathname } = new URL(request.url);
  event.respondWith(request.mode === "navigate" ? page(event, request) : pathname.startsWith("/search/") ? fresh(event, request) : part(event, request));
});

// Pages: at last the night page.
async function page(event, request) {
  const shown = await fresh(event, request);
  return shown.type !== "error" ? shown : (await of("/night/")) || shown;
}

// What was seen last comes before what came with the installation: the home page is not the same for everybody.
const of = async (page) => (await (await caches.open(READ)).match(page, { ignoreSearch: true })) || caches.match(page, { ignoreSearch: true });

// Fresh when the network answers in time, else the copy. (The files of the search belong together: an old one beside a new one names wrong pages.)
async function fresh(event, request) {
  const kept = () => of(request);
  const now = fetch(request).then(async (response) => {
    if (response.ok && !response.redirected) event.waitUntil(keep(request, response.clone()));
    return response;
  });
  const slow = new Promise((resolve) => setTimeout(resolve, PATIENCE)).then(kept);
  try {
    return (await Promise.race([now, slow])) || (await now);
  } catch {
    return (await kept()) || Response.error();
  }
}

// Style, pictures, drawings: the copy at once, renewed behind it.
async function part(event, request) {
  const kept = await caches.match(request);
  // What an address with ?v= means never changes.
  if (kept && new URL(request.url).searchParams.has("v")) return kept;
  const fresh = fetch(request).then((response) => {
    if (response.ok) event.waitUntil(keep(request, response.clone()));
    return response;
  });
  // Without a connection another version is better than none.
  if (!kept) return fresh.catch(async (error) => (await caches.match(request, { ignoreSearch: true })) || Promise.reject(error));
  event.waitUntil(fresh.catch(() => undefined));
  return kept;
}

async function keep(request, response) {
  const cache = await caches.open(READ);
  await cache.put(request, response);
  const keys = await cache.keys();
  for (const old of keys.slice(0, Math.max(0, keys.length - KEPT))) await cache.delete(old);
}

// Declarative payload (web_push 8030); where the browser shows it by itself, this is not called.
self.addEventListener("push", (event) => {
  let told = {};
  try { told = event.data.json(); } catch { /* shown with the fallback below: a push must show something */ }
  const n = (told.web_push === 8030 && told.notification) || {};
  event.waitUntil(self.registration.showNotification(n.title || "{{ site.title }}", {
    body: n.body || "", lang: n.lang || "ja", tag: n.tag || "otayori", icon: "/static/icon-192.png", badge: "/static/icon-192.png",
    data: { navigate: n.navigate || "/" },
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data?.navigate || "/", self.location.origin);
  event.waitUntil((async () => {
    for (const client of await self.clients.matchAll({ type: "window", includeUncontrolled: true })) {
      if (client.url === url.href && "focus" in client) return client.focus();
    }
    return self.clients.openWindow(url.href);
  })());
});

// The browser changed the subscription: tell the service, which knows the household by its session.
self.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil((async () => {
    const manager = self.registration.pushManager;
    let next = event.newSubscription || await manager.getSubscription();
    if (!next) {
      let options = event.oldSubscription && event.oldSubscription.options;
      if (!options || !options.applicationServerKey) {
        const key = await fetch("/push/key");
        if (!key.ok) return;
        options = { userVisibleOnly: true, applicationServerKey: (await key.text()).trim() };
      }
      next = await manager.subscribe(options);
    }
    await fetch("/push/subscriptions", { method: "POST", credentials: "same-origin", headers: { "content-type": "application/json" }, body: JSON.stringify(next) });
  })());
});
