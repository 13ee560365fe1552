// Keeps what was read for reading without a connection. Pages work without this file.
"use strict";
(() => {
  // One's own pages, and the home page, that come back out of the browser's memory are asked for anew: what was stopped meanwhile stands there no more.
  addEventListener("pageshow", (event) => {
    if (event.persisted && /^\/(?:$|[a-z]+\/$|(?:me|stop)(?:\/|$)|(?:letters|register|weeks|months|years|topics|bulletins|night|contacts)\/)/.test(location.pathname)) location.reload();
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
    // After a stop the home page, the night page, the numbers and all lists are others from now on, and notices that still stand on the screen go. Where everything
    // was erased the traces of reading go, too. Who stopped on LINE comes to a page of such a device only later.
    const root = document.documentElement, forget = root.hasAttribute("data-forget");
    if (forget || root.hasAttribute("data-quiet")) {
      worker.postMessage({ forget, hush: true, spare: true });
      if (forget) return;
    }
    const spared = root.hasAttribute("data-spared");
    if (spared || location.pathname === "/") {
      let before = "";
      try {
        before = sessionStorage.kept || "";
        sessionStorage.kept = spared ? "quiet" : "all";
      } catch { /* asked for once more */ }
      if (spared ? before !== "quiet" : before === "quiet") worker.postMessage({ spare: true });
    }
    // The worker saw nothing of the page that brought it in: it is told what that page was made of.
    if (firstVisit) worker.postMessage({ keep: [location.href, ...performance.getEntriesByType("resource").map((part) => part.name)] });
  };
  addEventListener("load", () => start().catch(() => undefined));
})();
