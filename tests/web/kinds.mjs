// Rows of kinds of page in (JSON on standard input), what is wrong with them out (JSON, the last line): one Chromium for all.
// A row's page is asked for once; what was sent is kept for the W3C's checker and shown again for the second look.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { launch } from "./chromium.mjs";
import { lighthouse } from "./lighthouse.mjs";
import { look } from "./look.mjs";
import { firstVisit } from "./weight.mjs";

const { rows, out, first } = JSON.parse(await text(process.stdin));
const findings = [], figures = [];
const since = (start) => `${((performance.now() - start) / 1000).toFixed(1)} s`;
const browser = await launch();
try {
  // Each reader has cookies of its own; two pages at a time, as the machine has two cores.
  const contexts = new Map();
  for (const row of rows) {
    if (contexts.has(row.who)) continue;
    const context = await browser.createBrowserContext();
    if (row.cookie) await context.setCookie({ ...row.cookie, domain: new URL(row.url).hostname, path: "/", httpOnly: true, sameSite: "Lax" });
    contexts.set(row.who, context);
  }
  let start = performance.now();
  const queue = [...rows];
  const worker = async () => {
    for (let row; (row = queue.shift()); ) {
      const found = [];
      try {
        const sent = await look(contexts.get(row.who), row, (what) => found.push(what));
        writeFileSync(join(out, row.file), sent);
      } catch (error) {
        found.push(`could not be looked at: ${error.stack}`);
      }
      findings.push(...found.map((what) => `${row.name} (${row.who}): ${what}`));
    }
  };
  await Promise.all([worker(), worker()]);
  figures.push(`${rows.length} pages looked at: ${since(start)}`);

  start = performance.now();
  const seen = new Set();
  const listed = rows.filter((row) => row.index === "yes" && !seen.has(row.template) && seen.add(row.template));
  for (const row of listed) {
    const { scores, failed } = await lighthouse(browser, row.url);
    for (const [category, score] of Object.entries(scores)) if (score !== 100) findings.push(`${row.name}: Lighthouse ${category} ${score}`);
    findings.push(...failed.map((what) => `${row.name}: Lighthouse: ${what}`));
  }
  figures.push(`Lighthouse of ${listed.length} public kinds: ${since(start)}`);

  for (const url of first) {
    const { bytes, requests } = await firstVisit(browser, url);
    figures.push(`first visit of ${new URL(url).pathname}: ${bytes} bytes in ${requests} requests`);
    if (bytes >= 60_000) findings.push(`${url}: ${bytes} bytes at the first visit`);
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify({ findings: findings.sort(), figures }));
