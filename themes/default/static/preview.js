// Preview only: shows a saved file at once; mistakes stand above the last good page, with file and line, in a list that folds up.
const list = document.getElementById("problems");

const events = new EventSource("/preview/events");
events.addEventListener("message", async (event) => {
  const news = JSON.parse(event.data);
  if (String(news.version) === list?.dataset.version) return;
  const broken = news.problems.some((p) => p.severity === "error");
  // The list of contents names the mistakes itself; other pages stay as they were last read.
  if (!list || !broken || location.pathname === "/preview/") return location.reload();
  list.dataset.version = news.version;
  list.innerHTML = await (await fetch("/preview/events/problems")).text();
});

// What is to be copied gets a button; where the clipboard is closed, all of it is selected.
for (const text of document.querySelectorAll("textarea[data-copy]")) {
  const button = document.createElement("button"), said = document.createElement("span"), line = document.createElement("p");
  button.type = "button";
  button.className = "btn mini copy";
  button.textContent = text.dataset.copy;
  said.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
      said.textContent = `　${text.dataset.copied}`;
    } catch {
      said.textContent = "　選びました。Ctrl+C（⌘C）で写せます";
    }
  });
  line.append(button, said);
  text.before(line);
}

// The way back to the list, on pages of the site itself.
if (list && !location.pathname.startsWith("/preview")) {
  const nav = document.createElement("nav"), back = document.createElement("a"), article = location.pathname.match(/^\/articles\/([^/]+)\//);
  back.href = article ? `/preview/${article[1]}` : "/preview/";
  back.textContent = article ? "下見で見る" : "下見の一覧";
  back.className = "btn mini quiet preview-back";
  nav.setAttribute("aria-label", "下見");
  nav.append(back);
  document.body.append(nav);
}
