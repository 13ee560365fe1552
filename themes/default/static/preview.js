// Preview only: shows a saved file at once; a mistake lies over the last good page, with its file and line.
const overlay = () => document.getElementById("problems");

function show(problems) {
  overlay()?.remove();
  const errors = problems.filter((p) => p.severity === "error");
  if (!errors.length) return;
  const box = document.createElement("div");
  box.id = "problems";
  box.className = "problems tool";
  box.setAttribute("role", "alert");
  const head = document.createElement("h2");
  head.textContent = `エラーが${errors.length}件あります（ページは、最後に読めたときの内容です）`;
  const list = document.createElement("ul");
  for (const p of errors) {
    const item = document.createElement("li"), place = document.createElement("code");
    place.textContent = p.file + (p.line ? `:${p.line}:${Math.max(p.column, 1)}` : "");
    item.append(place, document.createElement("br"), p.message);
    if (p.hint) {
      const hint = document.createElement("small");
      hint.textContent = p.hint;
      item.append(document.createElement("br"), hint);
    }
    list.append(item);
  }
  const close = document.createElement("button");
  close.className = "btn mini plain";
  close.textContent = "閉じる";
  close.addEventListener("click", () => box.remove());
  box.append(head, list, close);
  document.body.append(box);
}

let version = null;
const events = new EventSource("/preview/events");
events.addEventListener("message", (event) => {
  const news = JSON.parse(event.data), broken = news.problems.some((p) => p.severity === "error");
  if (version !== null && news.version !== version && !broken) return location.reload();
  version = news.version;
  show(news.problems);
});

// The way back to the list, on pages of the site itself.
if (!location.pathname.startsWith("/preview")) {
  const back = document.createElement("a"), article = location.pathname.match(/^\/articles\/([^/]+)\//);
  back.href = article ? `/preview/${article[1]}` : "/preview/";
  back.textContent = article ? "下見で見る" : "下見の一覧";
  back.className = "btn mini quiet preview-back";
  document.body.append(back);
}
