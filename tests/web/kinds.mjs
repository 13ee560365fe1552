// Rows of kinds of page in (JSON on standard input), what is wrong with them out (JSON, the last line): one Chromium for all.
// A row's page is asked for once; what was sent is shown again for the second look, and read by the W3C's checker.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { launch } from "./chromium.mjs";
import { hurry, lighthouse, quick } from "./lighthouse.mjs";
import { look, opened } from "./look.mjs";
import { valid } from "./valid.mjs";
import { firstVisit } from "./weight.mjs";

const { rows, first } = JSON.parse(await text(process.stdin));
const findings = [], figures = [];
const folder = mkdtempSync(join(tmpdir(), "kinds-"));
const browser = await launch();

const timed = async (what, work) => {
  const start = performance.now();
  await work();
  figures.push(`${what}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
};

// Each reader has cookies of its own; two pages at a time, as the smallest machine has two cores.
async function lookAtAll() {
  const contexts = new Map();
  for (const row of rows) {
    if (contexts.has(row.who)) continue;
    const context = await browser.createBrowserContext();
    if (row.cookie) await context.setCookie({ ...row.cookie, domain: new URL(row.url).hostname, path: "/", httpOnly: true, sameSite: "Lax" });
    contexts.set(row.who, context);
  }
  const queue = [...rows];
  const worker = async () => {
    const pages = new Map();
    for (let row; (row = queue.shift()); ) {
      const say = (what) => findings.push(`${row.name} (${row.who}): ${what}`);
      try {
        if (!pages.has(row.who)) pages.set(row.who, await opened(contexts.get(row.who)));
        const { sent, height } = await look(pages.get(row.who), row, say);
        Object.assign(row, { sent, height });
        writeFileSync(join(folder, row.file), sent.body);
      } catch (error) {
        say(`could not be looked at: ${error.stack}`);
      }
    }
    for (const page of pages.values()) await page.close();
  };
  await Promise.all([worker(), worker()]);
}

async function read() {
  for (const [file, what] of await valid(folder)) findings.push(`${rows.find((row) => row.file === file)?.name}: vnu: ${what}`);
}

async function measure() {
  hurry();
  for (const row of rows.filter((row) => row.lighthouse && row.sent)) {
    const { scores, failed } = await lighthouse(browser, row.url, quick(row.height, row.lighthouse), { row, sent: row.sent });
    for (const category of row.lighthouse) if (scores[category] !== 100) findings.push(`${row.name}: Lighthouse ${category} ${scores[category]}`);
    findings.push(...failed.map((what) => `${row.name}: Lighthouse: ${what}`));
  }
}

async function weigh() {
  for (const url of first) {
    const { bytes, requests } = await firstVisit(browser, url);
    figures.push(`first visit of ${new URL(url).pathname}: ${bytes} bytes in ${requests} requests`);
    if (bytes >= 60_000) findings.push(`${url}: ${bytes} bytes at the first visit`);
  }
}

try {
  await timed(`${rows.length} pages looked at`, lookAtAll);
  const reading = timed("W3C's checker, beside Lighthouse", read);
  await timed(`Lighthouse of ${rows.filter((row) => row.lighthouse).length} kinds`, measure);
  await reading;
  await weigh();
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
console.log(JSON.stringify({ findings: findings.sort(), figures }));
