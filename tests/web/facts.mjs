// What a page is and offers at this moment: runs in the page. `scripted` (CSS) is what may be there with script only.
export function facts(scripted) {
  const seen = (element) => element.checkVisibility({ visibilityProperty: true }) && !(scripted && element.closest(scripted));
  const all = (css) => [...document.querySelectorAll(css)];
  const path = (url) => { if (url.startsWith("#")) return url; const u = new URL(url, location.href); return u.origin === location.origin ? u.pathname + u.search + u.hash : u.href; };
  const named = (e) => e.innerText.trim().replace(/\s+/g, " ").slice(0, 40);
  const links = all("a[href]").filter(seen).map((a) => `link ${path(a.getAttribute("href"))}`);
  const buttons = all("form button").filter(seen).map((b) => `button ${b.form.method} ${path(b.getAttribute("formaction") ?? b.form.getAttribute("action") ?? "")} ${b.name}=${b.value} ${named(b)}`);
  const fields = all("input:not([type=hidden]), select, textarea").filter(seen).map((f) => `field ${f.type} ${f.name}`);
  const dead = [
    ...all("button").filter((b) => seen(b) && !b.form).map((b) => `the button “${named(b)}”`),
    ...all("a").filter((a) => seen(a) && (!a.hasAttribute("href") || /^(#|javascript:.*)$/.test(a.getAttribute("href")))).map((a) => `the link “${named(a)}”`),
    ...all("form").filter((f) => seen(f) && !all("button").some((b) => b.form === f && seen(b))).map((f) => `the form ${f.action} has no button`),
  ];
  const inline = [
    ...all("style").map(() => "<style>"),
    ...all("[style]").map((e) => `style on ${e.outerHTML.slice(0, 80)}`),
    ...all("script:not([src])").filter((s) => s.type !== "application/ld+json").map((s) => `script ${s.text.slice(0, 40)}`),
    ...all("*").flatMap((e) => [...e.attributes].filter((a) => a.name.startsWith("on")).map((a) => `${a.name} on ${e.localName}`)),
  ];
  const width = document.documentElement.scrollWidth;
  const wide = all("body *").filter((e) => e.getBoundingClientRect().right > innerWidth && !e.closest(".scroll")).slice(0, 4).map((e) => `${e.localName}.${e.className}`);
  return {
    title: document.title, text: document.body.innerText, width, height: document.documentElement.scrollHeight, wide, inline, dead, offers: [...new Set([...links, ...buttons, ...fields])],
    robots: document.querySelector("meta[name=robots]")?.content ?? "", violations: globalThis.violations ?? [],
  };
}

// What is smaller than a thumb (44 px) and is pressed: buttons, rows, fields, and links that stand alone. A link inside a sentence is as tall as its line.
export function small() {
  const THUMB = 44, blocks = (e) => !/^inline(?!-)|^contents$/.test(getComputedStyle(e).display);
  const home = (node) => { let e = node.parentElement; while (e.parentElement && !blocks(e)) e = e.parentElement; return e; };
  const beside = (link) => {
    const block = home(link), walk = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    let words = "";
    while (walk.nextNode()) if (home(walk.currentNode) === block && !walk.currentNode.parentElement.closest("a, button, svg, rt, script, style, .vh")) words += walk.currentNode.data;
    return words;
  };
  return [...document.querySelectorAll("a[href], button, summary, label:has(input), input:not([type=hidden], [type=checkbox], [type=radio]), textarea, select")]
    .filter((e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !e.matches(".skip, .vh"))
    .filter((e) => e.localName !== "a" || !/[\p{L}\p{N}]{2}/u.test(beside(e)))
    .map((e) => [e, e.getBoundingClientRect()])
    .filter(([, box]) => box.height < THUMB - 0.5 || box.width < THUMB - 0.5)
    .map(([e, box]) => `${Math.round(box.width)}×${Math.round(box.height)} px: ${e.localName}.${e.className} “${(e.innerText || e.name || "").trim().slice(0, 30)}” in ${e.parentElement.localName}.${e.parentElement.className}`);
}
