// An address in, Lighthouse's scores (0 to 100) and what cost points out. One Chromium is used for all.
import run from "lighthouse";
import { pageFunctions } from "lighthouse/core/lib/page-functions.js";

/**
 * Categories on a phone, without waiting. The screen is as tall as the page: the bar under the thumb covers half a
 * link here or there for a moment, which can be scrolled out from under it, and Lighthouse takes the moment for the page.
 */
export const quick = (height, onlyCategories) => ({
  extends: "lighthouse:default",
  settings: {
    onlyCategories, throttlingMode: "provided", disableFullPageScreenshot: true, skipAboutBlank: true, disableStorageReset: true,
    formFactor: "mobile", screenEmulation: { mobile: true, width: 412, height: height + 300, deviceScaleFactor: 1, disabled: false },
    pauseAfterFcpMs: 0, pauseAfterLoadMs: 0, networkQuietThresholdMs: 0, cpuQuietThresholdMs: 0,
  },
});

/** Without a second of arithmetic for each page: how fast this machine is plays no part where nothing is timed. */
export const hurry = () => {
  pageFunctions.computeBenchmarkIndex = function computeBenchmarkIndex() {
    return 1000;
  };
};

/** A row's page, which may want a sign-in or a form, as it was sent: shown again, whatever it answered, with the cookies of its reader. */
async function again(page, { row, sent }) {
  if (row.cookie) await page.browserContext().setCookie({ ...row.cookie, domain: new URL(row.url).hostname, path: "/", httpOnly: true, sameSite: "Lax" });
  await page.setBypassServiceWorker(true);
  await page.setRequestInterception(true);
  page.on("request", (request) => {
    const itself = request.isNavigationRequest() && request.url() === row.url;
    return itself ? request.respond({ status: 200, headers: sent.headers, body: sent.body }) : request.continue();
  });
}

/** Measures what the configuration asks for, in a context that was never there; what stands at the address, or what was `shown` there before. */
export async function lighthouse(browser, url, config, shown) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  try {
    if (shown) await again(page, shown);
    const result = await run(url, { logLevel: "silent", output: [] }, config, page);
    const { categories, audits, runtimeError } = result.lhr;
    const scores = Object.fromEntries(Object.values(categories).map((c) => [c.id, Math.round(100 * (c.score ?? 0))]));
    const weighed = Object.values(categories).flatMap((c) => c.auditRefs.filter((ref) => ref.weight > 0).map((ref) => audits[ref.id]));
    const failed = weighed.filter((a) => a.score !== null && a.score < 1).map((a) => `${a.id} ${a.title} ${JSON.stringify(a.details?.items ?? []).slice(0, 300)}`);
    if (runtimeError) failed.push(runtimeError.message);
    return { scores, failed, audits };
  } finally {
    await context.close();
  }
}
