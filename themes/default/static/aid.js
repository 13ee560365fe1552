// Whom to ring, on this device: her own clinic's number, which is kept here and nowhere else, becomes the first button where it fits; and leaving a page
// puts the home page in its place instead of behind it, with nothing left in the form. Without this script the numbers of the page stand as they are.
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

  // What is to be done at once is seen at once, and not below the bar.
  for (const tap of document.querySelectorAll(".tap > [name=tap]")) {
    tap.addEventListener("change", () => {
      const told = tap.parentElement.querySelector(".do");
      if (tap.checked && told) told.scrollIntoView({ block: "nearest" });
    });
  }

  // What was written and tapped is nowhere to be found when somebody goes back.
  const empty = () => {
    for (const form of document.querySelectorAll("form[data-words]")) {
      for (const words of form.querySelectorAll("[name=text]")) words.value = "";
      for (const tap of form.querySelectorAll("[name=tap]")) {
        if (tap.type === "checkbox") tap.checked = false;
        else tap.remove();
      }
    }
  };
  let left = false;
  const hidden = document.querySelector("[data-hidden-away]");
  const go = (href) => {
    left = true;
    empty();
    location.replace(href);
  };
  for (const leave of document.querySelectorAll("a[data-leave]")) {
    leave.addEventListener("click", (event) => {
      event.preventDefault();
      go(leave.href);
    });
  }
  // A page that came by sending is, for the way back, the empty form; nothing is sent a second time.
  if (hidden && location.pathname.startsWith("/ask")) history.replaceState(null, "", "/ask");
  addEventListener("pagehide", () => {
    if (left) empty();
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    if (left || hidden) go("/");
    else empty();
  });

  // Who asks about herself is asked how she feels: without this script the sheet of style opens it.
  const feelings = document.querySelector("details[data-feelings]");
  for (const who of feelings ? document.querySelectorAll("[name=who]") : []) {
    who.addEventListener("change", () => {
      if (who.checked && who.value === "self") feelings.open = true;
    });
  }
})();
