// An address in, what a browser that was never there loads for it out.

/** Bytes over the wire, headers included, and requests, until nothing more is asked for. */
export async function firstVisit(browser, url) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  try {
    const session = await page.createCDPSession();
    let bytes = 0, requests = 0;
    session.on("Network.loadingFinished", ({ encodedDataLength }) => ((bytes += encodedDataLength), requests++));
    await session.send("Network.enable");
    await page.setViewport({ width: 390, height: 844 });
    await page.goto(url, { waitUntil: "networkidle0" });
    return { bytes: Math.round(bytes), requests };
  } finally {
    await context.close();
  }
}
