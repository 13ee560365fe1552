// The desk's list refreshes itself, counts in the title, and rings on request. Without this file the list is as it was opened.
"use strict";
(() => {
  const EVERY = 15000;
  const list = () => document.getElementById("que");
  const base = document.title.replace(/^（急ぎ\d+）/, "");
  let urgent = -1;
  let audio = null;

  const ring = () => {
    if (!audio) return;
    for (const [at, tone] of [[0, 880], [0.25, 660], [0.5, 880]]) {
      const [voice, loud] = [audio.createOscillator(), audio.createGain()];
      voice.frequency.value = tone;
      loud.gain.setValueAtTime(0.15, audio.currentTime + at);
      loud.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + at + 0.2);
      voice.connect(loud).connect(audio.destination);
      voice.start(audio.currentTime + at);
      voice.stop(audio.currentTime + at + 0.2);
    }
  };

  // Browsers let a page make a sound only after somebody pressed something on it.
  const bell = document.createElement("button");
  bell.type = "button";
  bell.className = "btn quiet mini";
  bell.id = "bell";
  const show = () => {
    bell.textContent = audio ? "音：鳴らします（止める）" : "急ぎが来たら音を鳴らす";
    bell.setAttribute("aria-pressed", String(audio !== null));
  };
  bell.addEventListener("click", () => {
    if (audio) {
      audio.close();
      audio = null;
    } else {
      audio = new AudioContext();
      ring();
    }
    show();
  });
  show();

  const status = document.createElement("p");
  status.className = "small soft";
  status.id = "fresh";
  status.textContent = "一覧は、自分で新しくなります";

  const place = () => list().prepend(bell, status);

  // The list anew, from the same address; what is being written stands elsewhere and is not touched.
  const renew = async () => {
    const page = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!page.ok || page.redirected) throw new Error("signed out");
    const fresh = new DOMParser().parseFromString(await page.text(), "text/html").getElementById("que");
    const held = document.activeElement && list().contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    list().replaceWith(document.importNode(fresh, true));
    place();
    if (held) list().querySelector(`a[href="${CSS.escape(held)}"]`)?.focus();
  };

  const look = async () => {
    try {
      const answer = await fetch(`/desk/pulse${location.search}`, { headers: { accept: "application/json" } });
      if (!answer.ok || answer.redirected) throw new Error("signed out");
      const now = await answer.json();
      const dangers = now.urgent + now.crowds;
      document.title = (dangers > 0 ? `（急ぎ${dangers}）` : "") + base;
      if (urgent >= 0 && dangers > urgent) ring();
      urgent = dangers;
      if (now.mark !== list().dataset.pulse) await renew();
      status.textContent = "一覧は、自分で新しくなります";
    } catch {
      status.textContent = "いま新しくできません。つながりと、サインインを確かめてください";
    }
  };

  place();
  look();
  setInterval(look, EVERY);
  document.addEventListener("visibilitychange", () => document.hidden || look());
})();
