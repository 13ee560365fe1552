// The desk's list refreshes itself, counts in the title, and rings on request. Without this file the list is as it was opened.
"use strict";
(() => {
  const EVERY = 15000;
  const list = () => document.getElementById("que");
  if (!list()) return;
  const base = document.title.replace(/^（急ぎ\d+）/, "");
  const WISH = "otayori.bell";
  let newest = -1;
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
  bell.id = "bell";
  const show = () => {
    const mute = audio !== null && audio.state !== "running";
    bell.textContent = mute ? "音：まだ鳴りません（この画面のどこかを押してください）" : audio ? "音：鳴らします（止める）" : "急ぎが来たら音を鳴らす";
    bell.className = "btn quiet mini mute";
    if (!mute) bell.classList.remove("mute");
    bell.setAttribute("aria-pressed", String(audio !== null));
  };
  const arm = () => {
    audio = new AudioContext();
    audio.addEventListener("statechange", show);
  };
  bell.addEventListener("click", () => {
    if (audio) {
      audio.close();
      audio = null;
      sessionStorage.removeItem(WISH);
    } else {
      arm();
      ring();
      sessionStorage.setItem(WISH, "1");
    }
    show();
  });
  // The wish holds for the tab: each thread is a page of its own, and a browser may want one press on it before it makes a sound.
  if (sessionStorage.getItem(WISH)) arm();
  for (const press of ["pointerdown", "keydown"]) addEventListener(press, () => audio && audio.state === "suspended" && audio.resume());
  show();

  const status = document.createElement("p");
  status.className = "small soft";
  status.id = "fresh";
  status.textContent = "一覧は、自分で新しくなります";

  const place = () => list().prepend(bell, status);

  // The list alone anew: to fetch the thread would be to read it, in somebody's name. What is being written stands elsewhere and is not touched.
  const renew = async () => {
    const page = await fetch(`/desk${location.search}`, { headers: { accept: "text/html" } });
    if (!page.ok || page.redirected) throw new Error("signed out");
    const fresh = new DOMParser().parseFromString(await page.text(), "text/html").getElementById("que");
    const held = document.activeElement && list().contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    list().replaceWith(document.importNode(fresh, true));
    for (const line of list().querySelectorAll(".que a[href^='/desk/q/']")) if (`${location.pathname}/`.startsWith(`${line.pathname}/`)) line.setAttribute("aria-current", "true");
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
      // Not the count: one may have been answered meanwhile.
      if (newest >= 0 && now.newest > newest) ring();
      newest = now.newest;
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
