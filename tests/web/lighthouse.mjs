// An address in, Lighthouse's scores (0 to 100) and what cost points out. One Chromium is used for all.
import run from "lighthouse";

const QUICK = {
  extends: "lighthouse:default",
  settings: {
    onlyCategories: ["accessibility", "best-practices", "seo"], throttlingMode: "provided", disableFullPageScreenshot: true,
    pauseAfterFcpMs: 0, pauseAfterLoadMs: 0, networkQuietThresholdMs: 0, cpuQuietThresholdMs: 0,
  },
};

/** Accessibility, best practices and SEO; with `config` whatever that measures. */
export async function lighthouse(browser, url, config = QUICK) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  try {
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
