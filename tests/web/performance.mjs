// Pages in (JSON on standard input: rounds, pages [{name, url}]), Lighthouse's performance on a middling phone with a slow line out (JSON, a line each).
import { text } from "node:stream/consumers";
import { launch } from "./chromium.mjs";
import { lighthouse } from "./lighthouse.mjs";

// Lighthouse's own mobile setting: a processor four times slower, 1.6 Mbit/s, 150 ms to the server and back, reckoned from what was observed.
const MOBILE = { extends: "lighthouse:default", settings: { onlyCategories: ["performance"], formFactor: "mobile", throttlingMode: "simulate", disableFullPageScreenshot: true } };
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

const { rounds, pages } = JSON.parse(await text(process.stdin));
const browser = await launch();
try {
  for (const { name, url } of pages) {
    const runs = [];
    for (let round = 0; round < rounds; round++) {
      const { scores, audits, failed } = await lighthouse(browser, url, MOBILE);
      const of = (id) => Math.round(audits[id]?.numericValue ?? Number.NaN);
      runs.push({ score: scores.performance, first: of("first-contentful-paint"), largest: of("largest-contentful-paint"), blocked: of("total-blocking-time"), shift: audits["cumulative-layout-shift"]?.numericValue ?? Number.NaN, bytes: of("total-byte-weight"), failed });
    }
    const middle = (key) => median(runs.map((run) => run[key]));
    const score = middle("score");
    const cost = runs.find((run) => run.score === score).failed;
    console.log(JSON.stringify({ name, scores: runs.map((run) => run.score), score, first: middle("first"), largest: middle("largest"), blocked: middle("blocked"), shift: middle("shift"), bytes: middle("bytes"), cost }));
  }
} finally {
  await browser.close();
}
