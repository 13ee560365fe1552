// One row in a page: without script, then with; narrow and wide; light and dark. Says what is wrong, gives back what was sent.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { facts } from "./facts.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const NARROW = { width: 320, height: 740 };
const WIDE = { width: 1280, height: 900 };
// WCAG 2.2 A and AA, best practices, and beside these what Lighthouse counts.
const EVERYTHING = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  rules: Object.fromEntries(["label-content-name-mismatch", "table-fake-caption", "td-has-header"].map((id) => [id, { enabled: true }])),
};
// What differs between light and dark on one and the same page.
const COLOURS = { runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] } };

export async function look(context, row, say) {
  const sent = await fetched(context, row, say);
  const page = await context.newPage();
  let height = 0;
  try {
    await page.setBypassServiceWorker(true);
    await watch(page, row, sent, say);
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

    height = whole.height;
    await accessible(page, NARROW, "light", EVERYTHING, say);
    await accessible(page, NARROW, "dark", COLOURS, say);
    await accessible(page, WIDE, "dark", EVERYTHING, say);
  } finally {
    await page.close();
  }
  return { body: sent.body, height };
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
async function watch(page, row, sent, say) {
  await page.setRequestInterception(true);
  const origin = new URL(row.url).origin;
  let shown = 0;
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (!["data:", "blob:"].includes(url.protocol) && url.origin !== origin) {
      say(`a foreign request: ${url}`);
      return request.abort();
    }
    if (!request.isNavigationRequest() || request.frame() !== page.mainFrame()) return request.continue();
    if (request.url() === row.url) return request.respond({ status: sent.status, headers: sent.headers, body: sent.body }), shown++;
    // A page that leads on by itself is looked at where it stands.
    if (!row.stays) say(`leads on by itself to ${url.pathname}`);
    return request.abort("aborted");
  });
  page.on("console", (message) => {
    const own = message.location().url === row.url && row.status >= 400;
    if (["error", "warn"].includes(message.type()) && !own && !row.stays) say(`on the console: ${message.text()} ${message.location().url ?? ""}`);
  });
  page.on("pageerror", (error) => say(`a script failed: ${error.message}`));
  await page.evaluateOnNewDocument(() => {
    globalThis.violations = [];
    addEventListener("securitypolicyviolation", (e) => globalThis.violations.push(`${e.violatedDirective} ${e.blockedURI}`));
  });
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
  await page.setViewport({ ...size, height: height + 300 });
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe);
  const found = await page.evaluate(async (what) => {
    const { violations } = await axe.run(document, { ...what, resultTypes: ["violations"] });
    return violations.map((v) => `${v.id}: ${v.help} ${v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 160)} ${n.failureSummary.replace(/\s+/g, " ")}`).join(" | ")}`);
  }, what);
  for (const said of found) say(`axe (${scheme}, ${size.width} px): ${said}`);
}
