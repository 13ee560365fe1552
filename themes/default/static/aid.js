// Whom to ring, on this device: her own clinic's number, which is kept here and nowhere else, becomes the first button where it fits; and leaving a page
// puts the home page in its place instead of behind it. Without this script the numbers of the page stand as they are.
"use strict";
(() => {
  const KEY = "otayori.clinic";
  const dialled = (text) => text.normalize("NFKC").replace(/[^0-9+#]/g, "");
  const kept = () => {
    try {
      return localStorage.getItem(KEY) || "";
    } catch {
      return "";
    }
  };
  const keep = (number) => {
    try {
      if (number) localStorage.setItem(KEY, number);
      else localStorage.removeItem(KEY);
    } catch {
      // A browser that keeps nothing: the number holds for this page.
    }
  };

  const show = (number) => {
    const dial = dialled(number);
    for (const own of document.querySelectorAll("[data-own-clinic]")) {
      own.hidden = dial.length < 3;
      if (own.hidden) own.removeAttribute("href");
      else own.href = `tel:${dial.replace(/#/g, "%23")}`;
      // The city's number stands below hers.
      const next = own.nextElementSibling;
      if (next && next.matches("a.btn")) next.classList.toggle("plain", !own.hidden);
    }
  };

  const box = document.querySelector("[data-clinic]");
  const field = document.getElementById("clinic");
  if (box && field) {
    box.hidden = false;
    field.value = kept();
    field.addEventListener("input", () => {
      keep(field.value.trim());
      show(field.value);
    });
  }
  // Everything was erased: her clinic's number goes, too.
  if (document.documentElement.hasAttribute("data-forget")) keep("");
  show(kept());

  for (const leave of document.querySelectorAll("[data-leave]")) {
    leave.addEventListener("click", (event) => {
      event.preventDefault();
      location.replace(leave.href);
    });
  }
})();
