// One row in a page: without script, then with; narrow and wide; light and dark. Says what is wrong, gives back what was sent.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { facts, small } from "./facts.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const NARROW = { width: 320, height: 740 };
const PHONE = { width: 390, height: 844 };
const WIDE = { width: 1280, height: 900 };
// WCAG 2.2 A and AA, best practices, and beside these what Lighthouse counts.
const EVERYTHING = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  rules: Object.fromEntries(["label-content-name-mismatch", "table-fake-caption", "td-has-header"].map((id) => [id, { enabled: true }])),
};
// What differs between light and dark on one and the same page.
const COLOURS = { runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] } };

/** Looks at a row in `page`, which belongs to its reader; says what is wrong; gives back what was sent and how tall it is at 320 px. */
export async function look(page, row, say) {
  const sent = await fetched(page.browserContext(), row, say);
  const stop = watch(page, row, sent, say);
  try {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
    await page.setViewport(NARROW);

    await page.setJavaScriptEnabled(false);
    await page.goto(row.url, { waitUntil: "load" });
    const plain = await page.evaluate(facts, row.scripted);
    judge(plain, row, say);
    const hidden = /noindex/.test(plain.robots + sent.headers["x-robots-tag"]);
    if (row.index === "yes" && hidden) say("is to be found, and says noindex");
    if (row.index === "no" && row.status < 400 && !hidden) say("is not to be found, and does not say noindex");

    await page.setJavaScriptEnabled(true);
    await page.goto(row.url, { waitUntil: "load" });
    const whole = await page.evaluate(facts, row.scripted);
    for (const offer of whole.offers) if (!plain.offers.includes(offer)) say(`only with script: ${offer}`);
    if (whole.width > NARROW.width) say(`${whole.width} px wide with script on a screen of ${NARROW.width}`);
    for (const violation of whole.violations) say(`against its own policy: ${violation}`);

    if (row.thumb) {
      await page.setViewport(PHONE);
      for (const what of new Set(await page.evaluate(small))) say(`too small for a thumb: ${what}`);
    }

    await accessible(page, NARROW, "light", EVERYTHING, say);
    // Of each kind one page in the dark as well: narrow, where only colours differ, and wide.
    if (row.one) {
      await accessible(page, NARROW, "dark", COLOURS, say);
      await accessible(page, WIDE, "dark", EVERYTHING, say);
    }
    return { sent, height: whole.height };
  } finally {
    stop();
  }
}

/** A page of a reader that looks can be taken at. */
export async function opened(context) {
  const page = await context.newPage();
  await page.setBypassServiceWorker(true);
  await page.setRequestInterception(true);
  await page.evaluateOnNewDocument(() => {
    globalThis.violations = [];
    addEventListener("securitypolicyviolation", (e) => globalThis.violations.push(`${e.violatedDirective} ${e.blockedURI}`));
  });
  return page;
}

// Asks the server, as a browser does: with the reader's cookies, by GET or by POST of the form.
async function fetched(context, row, say) {
  const cookies = (await context.cookies()).map((c) => `${c.name}=${c.value}`).join("; ");
  const init = { redirect: "manual", headers: { cookie: cookies } };
  if (row.form) Object.assign(init, { method: "POST", body: new URLSearchParams(row.form) });
  const answer = await fetch(row.url, init);
  if (answer.status !== row.status) say(`answered ${answer.status} ${answer.headers.get("location") ?? ""} instead of ${row.status}`);
  const headers = Object.fromEntries(answer.headers);
  delete headers["set-cookie"];
  delete headers["content-length"];
  policy(headers["content-security-policy"], row, say);
  return { status: answer.status, headers, body: await answer.text() };
}

// Nothing inline, nothing foreign: by the header, wherever a server of ours sends one.
function policy(text, row, say) {
  if (!row.policy) return;
  const parts = new Map((text ?? "").split(";").map((part) => part.trim().split(/\s+/)).map(([name, ...values]) => [name, values]));
  const is = (name, ...values) => JSON.stringify(parts.get(name)) === JSON.stringify(values);
  if (!is("default-src", "'self'") || !is("object-src", "'none'") || !is("base-uri", "'none'") || !is("frame-ancestors", "'none'")) say(`the policy is not strict: ${text}`);
  if (/unsafe|\*/.test(text)) say(`the policy allows too much: ${text}`);
  for (const name of parts.keys()) if (!["default-src", "img-src", "object-src", "base-uri", "frame-ancestors", "form-action"].includes(name)) say(`the policy has ${name}: does it allow more?`);
}

// The page itself is shown from what was sent; what it is made of comes from the server. Whatever is asked elsewhere is foreign.
function watch(page, row, sent, say) {
  const origin = new URL(row.url).origin;
  const listen = {
    request(request) {
      const url = new URL(request.url());
      if (!["data:", "blob:"].includes(url.protocol) && url.origin !== origin) {
        say(`a foreign request: ${url}`);
        return request.abort();
      }
      if (!request.isNavigationRequest() || request.frame() !== page.mainFrame()) return request.continue();
      if (request.url() === row.url) return request.respond({ status: sent.status, headers: sent.headers, body: sent.body });
      // A page that leads on by itself is looked at where it stands.
      if (!row.stays) say(`leads on by itself to ${url.pathname}`);
      return request.abort("aborted");
    },
    console(message) {
      const own = message.location().url === row.url && row.status >= 400;
      if (["error", "warn"].includes(message.type()) && !own && !row.stays) say(`on the console: ${message.text()} ${message.location().url ?? ""}`);
    },
    pageerror: (error) => say(`a script failed: ${error.message}`),
  };
  for (const [what, heard] of Object.entries(listen)) page.on(what, heard);
  return () => Object.entries(listen).forEach(([what, heard]) => page.off(what, heard));
}

// What must hold of the page as it is without script.
function judge(plain, row, say) {
  const bare = (text) => text.replace(/\s+/g, "");
  if (!bare(plain.title + plain.text).includes(bare(row.says))) say(`does not say “${row.says}” without script: ${plain.title}｜${plain.text.slice(0, 200)}`);
  if (plain.width > NARROW.width) say(`${plain.width} px wide on a screen of ${NARROW.width}: ${plain.wide.join(", ")}`);
  if (plain.offers.length === 0) say("offers nothing: no link, no form");
  for (const what of plain.inline) say(`inline: ${what}`);
  for (const what of plain.dead) say(`does nothing without script: ${what}`);
}

// axe-core. The whole page at once: what the bar at the foot covers can be scrolled out from under it.
async function accessible(page, size, scheme, what, say) {
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.setViewport(size);
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  // Nobody looks at the picture: drawn small, it costs a sixteenth.
  await page.setViewport({ ...size, height: height + 300, deviceScaleFactor: 0.25 });
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe);
  const found = await page.evaluate(async (what) => {
    const { violations } = await axe.run(document, { ...what, resultTypes: ["violations"], preload: false });
    return violations.map((v) => `${v.id}: ${v.help} ${v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 160)} ${n.failureSummary.replace(/\s+/g, " ")}`).join(" | ")}`);
  }, what);
  for (const said of found) say(`axe (${scheme}, ${size.width} px): ${said}`);
}
