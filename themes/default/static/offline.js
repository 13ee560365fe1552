// Keeps what was read for reading without a connection. Pages work without this file.
"use strict";
(() => {
  if (!("serviceWorker" in navigator)) return;
  const start = async () => {
    const firstVisit = !navigator.serviceWorker.controller;
    await navigator.serviceWorker.register("/sw.js");
    const worker = (await navigator.serviceWorker.ready).active;
    // Everything was erased: the traces of reading go, too.
    if (document.documentElement.hasAttribute("data-forget")) return worker.postMessage({ forget: true });
    // The worker saw nothing of the page that brought it in: it is told what that page was made of.
    if (firstVisit) worker.postMessage({ keep: [location.href, ...performance.getEntriesByType("resource").map((part) => part.name)] });
  };
  addEventListener("load", () => start().catch(() => undefined));
})();
