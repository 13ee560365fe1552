// A device that leaves takes its notifications along: the browser ends its subscription and names it to the service. Without this file the service
// ends the one that this session gave.
"use strict";
(() => {
  if (!("serviceWorker" in navigator)) return;
  const patience = (work) => Promise.race([work, new Promise((resolve) => setTimeout(resolve, 2000))]);
  const unsubscribe = async (form) => {
    const worker = await navigator.serviceWorker.getRegistration();
    const subscription = await worker?.pushManager?.getSubscription();
    if (!subscription) return;
    const field = form.querySelector("input[name=endpoint]");
    if (field) field.value = subscription.endpoint;
    await subscription.unsubscribe();
  };
  for (const form of document.querySelectorAll("form[data-leave]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.leave === "done") return;
      event.preventDefault();
      form.dataset.leave = "done";
      patience(unsubscribe(form)).catch(() => undefined).then(() => form.submit());
    });
  }
})();
