// A notification brings a token behind # that stops the letters and does nothing else. It is taken out of the address at once, so that nobody
// passes it on with a link, and kept until the tab is closed. Then the page shows the way to stop; without this file it does not.
"use strict";
(() => {
  const NAME = "stop", brought = /^#(?:stop=)?([\w-]{40,200})$/.exec(location.hash);
  // Everything was erased: there is nothing left to stop.
  const forget = document.documentElement.hasAttribute("data-forget");
  let token = brought && !forget ? brought[1] : "";
  try {
    if (forget) sessionStorage.removeItem(NAME);
    else if (token) sessionStorage.setItem(NAME, token);
    else token = sessionStorage.getItem(NAME) || "";
  } catch { /* kept for this page only */ }
  if (brought) history.replaceState(history.state, "", location.pathname + location.search);
  if (!token) return;
  for (const way of document.querySelectorAll("[data-stop]")) way.hidden = false;
  for (const other of document.querySelectorAll("[data-no-stop]")) other.hidden = true;
  for (const link of document.querySelectorAll("a[data-stop-link]")) link.hash = token;
  for (const field of document.querySelectorAll("input[data-stop-token]")) field.value = token;
})();
