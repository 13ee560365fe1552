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
  // Numbers of a temperature in one form: 38度, 38.0 and 38 degrees are 38°c.
  const typed = (query) => fold(query).replace(/(\d+(?:\.\d+)?)( ?degrees| ?degree| ?°c| ?°| ?度| ?ど)?/g, (_, number, unit) => {
    const bare = number.includes(".") && /^(3[6-9]|4[0-2])\./.test(number);
    return number.replace(/\.0$/, "") + (unit || bare ? "°c" : "");
  });
  const squeeze = (query) => typed(query).replace(/[ 、。？！?!・'’「」,+|]/g, "");
  // Of `A|B+C,D`: does one of the phrases stand in what was typed, each of its parts in one of its forms?
  const stands = (phrases, squeezed) => phrases.split(",").some((phrase) => phrase.split("+").every((forms) => forms.split("|").some((form) => form && squeezed.includes(form))));
  const once = (load) => { const kept = new Map(); return (key) => { if (!kept.has(key)) kept.set(key, load(key)); return kept.get(key); }; };
  const get = async (name, as) => { const answer = await fetch(base + name); if (!answer.ok) throw new Error(name); return answer[as](); };
  const meta = once(() => get("meta.json", "json"));
  const dangers = once(() => get("danger.json", "json"));
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
  const kanji = (c) => /[\u3400-\u9fff]/.test(c), count = (word) => [...word].length;
  // The words that a term is made of: those of the glossary, the longest first, and between them what has a letter that is no hiragana.
  const pieces = (term, synonyms) => {
    const known = synonyms.flat().filter((w) => count(w) > 1 || (w && kanji(w)));
    const found = [];
    let between = "", rest = term;
    const close = () => { if (/[^\u3041-\u309fー、。?!]/.test(between) || count(between) >= 4) found.push(between); between = ""; };
    while (rest) {
      const word = known.filter((w) => rest.startsWith(w)).sort((a, b) => count(b) - count(a))[0], c = String.fromCodePoint(rest.codePointAt(0));
      if (word) { close(); found.push(word); rest = rest.slice(word.length); continue; }
      if ("がをはの".includes(c) && (!between || kanji([...between].at(-1)))) close(); else between += c;
      rest = rest.slice(c.length);
    }
    close();
    return found.length ? found : [term];
  };
  // Documents with all terms, each in one of its forms, and how many stand in the title.
  const all = async (terms, bits) => {
    let found = null;
    for (const term of terms) {
      const any = new Map();
      for (const one of await Promise.all(term.map((form) => having(form, bits)))) for (const [d, score] of one) any.set(d, Math.max(score, any.get(d) || 0));
      found = found ? new Map([...found].filter(([d]) => any.has(d)).map(([d, score]) => [d, score + any.get(d)])) : any;
    }
    return found || new Map();
  };
  // As `search::ranked` does it: named by a phrase, then words in the title, then all terms in the text, then all words.
  const find = async (query) => {
    const { bits, synonyms, first, documents } = await meta("");
    const words = typed(query).split(" ").filter(Boolean), worth = new Map();
    const add = (document, more) => worth.set(document, (worth.get(document) || 0) + more);
    const terms = words.map((term) => forms(term, synonyms)), parts = words.flatMap((term) => pieces(term, synonyms)).map((piece) => forms(piece, synonyms));
    if (JSON.stringify(parts) !== JSON.stringify(terms)) for (const [d, title] of await all(parts, bits)) add(d, 1 + title * 10);
    for (const [d, title] of await all(terms, bits)) add(d, 3 + title * 10);
    const squeezed = squeeze(query);
    if (squeezed) first.filter(([d]) => d < documents).forEach(([d, phrases], n) => { if (stands(phrases, squeezed)) add(d, Math.max(10000000 - n * 1000, 10)); });
    return [...worth].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([document]) => document);
  };

  const row = (href, bold, said) => {
    const [item, link, name, text] = ["li", "a", "b", "span"].map((tag) => document.createElement(tag));
    link.className = "row"; link.href = href; name.textContent = bold; text.textContent = said;
    link.append(name, text); item.append(link); return item;
  };

  // Whom to ring, by words alone; nothing typed is sent.
  const alarm = document.getElementById("urgent"), calls = document.getElementById("urgent-list");
  const urgent = async (query) => {
    const { kinds, contacts } = await dangers(""), squeezed = squeeze(query);
    const named = kinds.filter(([, phrases]) => stands(phrases, squeezed));
    return { kinds: named.map(([kind]) => kind), first: named[0]?.[3], contacts: [...new Set(named.flatMap(([, , places]) => places))].slice(0, 3).map((n) => contacts[n]) };
  };
  // The tests compare both with the program's own verdict.
  alarm.named = urgent; box.ranked = async (query) => { const { slice } = await meta(""); return Promise.all((await find(query)).slice(0, PAGE).map(async (n) => (await titles(Math.floor(n / slice)))[n % slice][0])); };
  const warn = async (query, turn) => {
    const found = await urgent(query);
    if (turn !== asked) return;
    alarm.dataset.kinds = found.kinds.join(" ");
    alarm.querySelector("strong").textContent = found.first;
    calls.replaceChildren(...found.contacts.map(([number, dial, title, hours]) => row("tel:" + dial, number, title + "　" + hours)));
    alarm.hidden = !found.contacts.length;
    leave.hidden = !hidden();
  };

  let asked = 0;
  const show = async (found, from, turn) => {
    const { slice } = await meta("");
    const rows = await Promise.all(found.slice(from, from + PAGE).map(async (n) => (await titles(Math.floor(n / slice)))[n % slice]));
    if (turn !== asked) return;
    list.append(...rows.map(([path, title, summary]) => row(path, title, summary)));
    more.parentElement.hidden = from + PAGE >= found.length;
    more.onclick = () => show(found, from + PAGE, turn);
  };
  const search = async () => {
    const query = field.value.trim(), turn = ++asked;
    more.parentElement.hidden = true;
    if (!query) { list.replaceChildren(); status.textContent = ""; alarm.hidden = true; return; }
    try {
      await warn(query, turn);
      const found = await find(query);
      if (turn !== asked) return;
      list.replaceChildren();
      const said = hidden() ? "…" : query;
      status.textContent = found.length ? box.dataset.some.replace("{n}", found.length).replace("{q}", said) : box.dataset.none.replace("{q}", said);
      await show(found, 0, turn);
    } catch { if (turn === asked) status.textContent = box.dataset.failed; }
  };

  // The words stand in no address and no history; a tab keeps them while it is open, but those of violence.
  const hidden = () => /viol|abuse/.test(alarm.dataset.kinds), leave = document.getElementById("urgent-leave");
  leave.addEventListener("click", (event) => { event.preventDefault(); field.value = ""; list.replaceChildren(); history.replaceState(null, ""); location.replace("/"); });
  let q = history.state?.q ?? new URLSearchParams(location.search).get("q");
  try { q = sessionStorage.find ?? q; delete sessionStorage.find; } catch { /* by its address */ }
  if (q) field.value = q;
  const go = async () => {
    await search();
    history.replaceState(hidden() ? null : { q: field.value }, "", location.pathname);
  };
  let pause;
  field.addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(go, 150); });
  field.form.addEventListener("submit", (event) => { event.preventDefault(); go(); });
  addEventListener("pageshow", (event) => { if (event.persisted && hidden()) { field.value = ""; search(); } });
  history.replaceState(history.state, "", location.pathname);
  go();
})();
