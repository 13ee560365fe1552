// Keeps what was read for reading without a connection. Pages work without this file.
"use strict";
(() => {
  // One's own pages, and the home page, that come back out of the browser's memory are asked for anew: what was stopped meanwhile stands there no more.
  addEventListener("pageshow", (event) => {
    if (event.persisted && /^\/(?:$|me(?:\/|$)|letters\/|register\/)/.test(location.pathname)) location.reload();
  });

  // What is looked for stands in no address, and so in no history: the search page takes it out of this tab's memory.
  for (const form of document.querySelectorAll("form.find")) {
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented || document.getElementById("found")) return;
      try {
        sessionStorage.find = form.elements.q.value;
      } catch {
        return;
      }
      event.preventDefault();
      location.href = form.action;
    });
  }

  if (!("serviceWorker" in navigator)) return;
  const start = async () => {
    const firstVisit = !navigator.serviceWorker.controller;
    await navigator.serviceWorker.register("/sw.js");
    const worker = (await navigator.serviceWorker.ready).active;
    // Everything was erased: the traces of reading go, too.
    if (document.documentElement.hasAttribute("data-forget")) return worker.postMessage({ forget: true });
    // The home page is another one from now on.
    if (location.pathname === "/me/stopped") worker.postMessage({ keep: [new URL("/", location.href).href] });
    // The worker saw nothing of the page that brought it in: it is told what that page was made of.
    if (firstVisit) worker.postMessage({ keep: [location.href, ...performance.getEntriesByType("resource").map((part) => part.name)] });
  };
  addEventListener("load", () => start().catch(() => undefined));
})();
