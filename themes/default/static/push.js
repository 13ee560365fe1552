// This device's notifications: shows the one state that is true, and on the button's press asks the browser, subscribes and
// registers the subscription. Without this script the page says what to do instead.
"use strict";
(() => {
  const box = document.getElementById("push");
  const button = document.getElementById("push-on");
  if (!box || !button) return;

  const show = (state) => {
    for (const part of box.querySelectorAll("[data-push]")) part.hidden = part.dataset.push !== state;
    button.hidden = !(state === "ask" || state === "failed");
  };

  // base64url to bytes, as applicationServerKey wants it.
  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (c) => c.charCodeAt(0));
  };
  const same = (buffer, key) => {
    const has = new Uint8Array(buffer || []);
    return has.length === key.length && has.every((b, i) => b === key[i]);
  };

  const register = async (subscription) => {
    const answer = await fetch("/push/subscriptions", {
      method: "POST",
      credentials: "same-origin",
      redirect: "error",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(subscription),
    });
    if (answer.status !== 201) throw new Error(String(answer.status));
  };

  const subscribe = async () => {
    show("wait");
    try {
      const key = bytes(box.dataset.key);
      if ((await Notification.requestPermission()) !== "granted") return show("denied");
      await navigator.serviceWorker.register("/sw.js");
      const worker = await navigator.serviceWorker.ready;
      let subscription = await worker.pushManager.getSubscription();
      if (subscription && !same(subscription.options.applicationServerKey, key)) {
        await subscription.unsubscribe();
        subscription = null;
      }
      subscription ||= await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
      await register(subscription);
      show("done");
    } catch (error) {
      show(error && error.name === "NotAllowedError" ? "denied" : "failed");
    }
  };

  const apple = /iPhone|iPad|iPod/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
  const onHomeScreen = navigator.standalone === true || matchMedia("(display-mode: standalone)").matches;
  if (apple && !onHomeScreen) show("home");
  else if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) show("cannot");
  else if (Notification.permission === "denied") show("denied");
  else show("ask");
  button.addEventListener("click", subscribe);
})();
