// Finds pages by words: reads only those files of the index that hold the pairs of characters asked for. The files are described in the
// programme's `search` room. Without this script the page leads to the lists.
"use strict";
(() => {
  const box = document.getElementById("found");
  const field = document.getElementById("q");
  if (!box || !field) return;
  const status = document.getElementById("found-h"), list = document.getElementById("found-list"), more = document.getElementById("found-more");
  const PAGE = 10, base = box.dataset.index;

  const fold = (text) => text.normalize("NFKC").toLowerCase().normalize("NFKC").replace(/[\u30a1-\u30f6\u30fd\u30fe]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0x60)).replace(/\s+/g, " ").trim();
  const once = (load) => { const kept = new Map(); return (key) => { if (!kept.has(key)) kept.set(key, load(key)); return kept.get(key); }; };
  const get = async (name, as) => { const answer = await fetch(base + name); if (!answer.ok) throw new Error(name); return answer[as](); };
  const meta = once(() => get("meta.json", "json"));
  const titles = once((n) => get(`d/${n}.json`, "json"));
  const shard = once(async (n) => {
    const bytes = new Uint8Array(await get(`b/${n}`, "arrayBuffer")), lists = new Map();
    let at = 0;
    const number = () => { let value = 0, shift = 0, byte; do { byte = bytes[at++]; value += (byte & 0x7f) * 2 ** shift; shift += 7; } while (byte & 0x80); return value; };
    while (at < bytes.length) {
      const key = String.fromCharCode(bytes[at] | (bytes[at + 1] << 8), bytes[at + 2] | (bytes[at + 3] << 8));
      at += 4;
      const end = number() + at, found = new Map();
      for (let document = 0; at < end;) { const next = number(); document += next >> 1; found.set(document, next & 1); }
      lists.set(key, found);
    }
    return lists;
  });
  const pairs = (term) => term.length > 1 ? [...new Set(Array.from({ length: term.length - 1 }, (_, n) => term.slice(n, n + 2)))] : [term + "\0"];
  const lookUp = async (pair, bits) => {
    const key = ((pair.charCodeAt(0) << 16) | pair.charCodeAt(1)) >>> 0;
    return (await shard(Math.imul(key, 2654435761) >>> (32 - bits))).get(pair) || new Map();
  };
  // Documents with all pairs of a term; 1 where all stand in the title.
  const having = async (term, bits) => {
    const lists = (await Promise.all(pairs(term).map((pair) => lookUp(pair, bits)))).sort((a, b) => a.size - b.size);
    const found = new Map();
    for (const [document, title] of lists[0]) if (lists.every((l) => l.has(document))) found.set(document, lists.every((l) => l.get(document)) ? 1 : 0);
    return found;
  };
  const forms = (term, synonyms) => {
    const all = new Set([term]);
    for (const group of synonyms) {
      const word = group.filter((w) => w && term.includes(w)).sort((a, b) => b.length - a.length)[0];
      if (word) for (const other of group) if (other !== word) all.add(term.replaceAll(word, other));
    }
    return [...all];
  };
  const find = async (query) => {
    const { bits, synonyms } = await meta("");
    let found = null;
    for (const term of fold(query).split(" ").filter(Boolean)) {
      const any = new Map();
      for (const one of await Promise.all(forms(term, synonyms).map((form) => having(form, bits)))) for (const [d, score] of one) any.set(d, Math.max(score, any.get(d) || 0));
      found = found ? new Map([...found].filter(([d]) => any.has(d)).map(([d, score]) => [d, score + any.get(d)])) : any;
    }
    return [...(found || [])].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([document]) => document);
  };

  let asked = 0;
  const show = async (found, from, turn) => {
    const { slice } = await meta("");
    const rows = await Promise.all(found.slice(from, from + PAGE).map(async (n) => (await titles(Math.floor(n / slice)))[n % slice]));
    if (turn !== asked) return;
    for (const [path, title, summary] of rows) {
      const item = document.createElement("li"), link = document.createElement("a"), name = document.createElement("b"), text = document.createElement("span");
      link.className = "row"; link.href = path; name.textContent = title; text.textContent = summary;
      link.append(name, text); item.append(link); list.append(item);
    }
    more.parentElement.hidden = from + PAGE >= found.length;
    more.onclick = () => show(found, from + PAGE, turn);
  };
  const search = async () => {
    const query = field.value.trim(), turn = ++asked;
    more.parentElement.hidden = true;
    if (!query) { list.replaceChildren(); status.textContent = ""; return; }
    try {
      const found = await find(query);
      if (turn !== asked) return;
      list.replaceChildren();
      status.textContent = found.length ? box.dataset.some.replace("{n}", found.length).replace("{q}", query) : box.dataset.none.replace("{q}", query);
      await show(found, 0, turn);
    } catch { if (turn === asked) status.textContent = box.dataset.failed; }
  };

  const given = new URLSearchParams(location.search).get("q");
  if (given) field.value = given;
  let pause;
  field.addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(search, 150); });
  field.form.addEventListener("submit", (event) => { event.preventDefault(); history.replaceState(null, "", "?q=" + encodeURIComponent(field.value)); search(); });
  search();
})();
