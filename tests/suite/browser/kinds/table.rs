//! The one table of kinds of page: a template, an address that shows it, who opens it, and whether search engines may.

/// Who opens a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Nobody,
    /// A household that has had a letter and an answer.
    Mother,
    /// Registered a moment ago: nothing has come yet.
    New,
    /// Has stopped the letters of a pregnancy.
    Quiet,
    /// Will erase everything.
    Leaving,
    Midwife,
    CityStaff,
}

/// Which program answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// `otayori serve`.
    City,
    /// Any web host with the built folder.
    Host,
    /// `otayori demo`.
    Demo,
    /// `otayori preview`.
    Preview,
}

/// May it stand in a search engine?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// Yes: all of Lighthouse's SEO holds.
    Yes,
    /// No, and the page says so; why.
    No(&'static str),
    /// No search engine can reach it: it is only on an author's own machine.
    Unreachable,
}

/// A page of a kind. In paths and forms `{name}` stands for what the world calls so.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    pub template: &'static str,
    pub path: &'static str,
    /// Sent by POST.
    pub form: &'static [(&'static str, &'static str)],
    pub server: Server,
    pub who: Who,
    pub status: u16,
    /// Words of this page and of no other kind, in its title or text.
    pub says: &'static str,
    pub index: Index,
    /// What is there with script only (CSS selector); empty: everything is there without.
    pub scripted: &'static str,
}

impl Kind {
    const fn new(template: &'static str, path: &'static str, says: &'static str, index: Index) -> Self {
        Self {
            template,
            path,
            form: &[],
            server: Server::City,
            who: Who::Nobody,
            status: 200,
            says,
            index,
            scripted: "",
        }
    }
    /// It leads on by itself: Lighthouse would measure the page behind it.
    pub fn leads_on(&self) -> bool {
        self.template == "moved.html"
    }
    const fn of(mut self, who: Who) -> Self {
        self.who = who;
        self
    }
    const fn post(mut self, form: &'static [(&'static str, &'static str)]) -> Self {
        self.form = form;
        self
    }
    const fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
    const fn on(mut self, server: Server) -> Self {
        self.server = server;
        self
    }
    const fn scripted(mut self, css: &'static str) -> Self {
        self.scripted = css;
        self
    }
}

/// A page of the published site.
const fn public(template: &'static str, path: &'static str, says: &'static str) -> Kind {
    Kind::new(template, path, says, Index::Yes)
}

const OWN: &str = "a person's or the staff's own page";
/// A page of one person or of the staff.
const fn own(who: Who, template: &'static str, path: &'static str, says: &'static str) -> Kind {
    Kind::new(template, path, says, Index::No(OWN)).of(who)
}

const FORM: &str = "a step of a form: searches should lead to articles and to the home page";
const fn step(template: &'static str, path: &'static str, says: &'static str) -> Kind {
    Kind::new(template, path, says, Index::No(FORM))
}

const ERROR: Index = Index::No("not a page that anybody looks for");

const fn tool(template: &'static str, path: &'static str, says: &'static str) -> Kind {
    Kind::new(template, path, says, Index::Unreachable).on(Server::Preview)
}

use Who::{CityStaff, Leaving, Midwife, Mother, New, Quiet};

/// Every kind of page, at least once.
pub const KINDS: &[Kind] = &[
    // The built site.
    public("home.html", "/", "いま、何週ですか"),
    public("language-home.html", "/en/", "English"),
    public("language-home.html", "/easy/", "やさしい"),
    public("article.html", "/articles/{heaviest}/", "監修"),
    public("article.html", "/articles/tsuwari/", "つわり"),
    public("article.html", "/articles/tsuwari/en/", "orning sickness"),
    public("article.html", "/articles/tsuwari/easy/", "つわり"),
    public("articles.html", "/articles/", "すべての読みもの"),
    public("topic.html", "/topics/{topic}/", "{topic_title}"),
    public("stage.html", "/weeks/24/", "24週"),
    public("stage.html", "/months/3/", "3か月"),
    public("bulletin.html", "/bulletins/{bulletin}/", "{bulletin_title}"),
    public("bulletins.html", "/bulletins/", "市からのお知らせ"),
    public("contacts.html", "/contacts/", "急ぐときの連絡先").scripted("[data-clinic]"),
    public("contacts.html", "/contacts/easy/", "119").scripted("[data-clinic]"),
    public("contacts.html", "/contacts/en/", "119").scripted("[data-clinic]"),
    public("people.html", "/people/", "書いている人・監修している人"),
    public("person.html", "/people/{person}/", "{person_name}"),
    public("page.html", "/privacy/", "個人情報"),
    public("page.html", "/loss/", "お別れ"),
    public("night.html", "/night/", "119"),
    public("api.html", "/api/", "OpenAPI 3.1"),
    Kind::new("search.html", "/search/", "さがす", SEARCH),
    Kind::new("search.html", "/search/en/", "Search", SEARCH),
    Kind::new("search.html", "/search/easy/", "さがす", SEARCH),
    Kind::new("search.html", "/search/?q=%E7%86%B1", "さがす", SEARCH).scripted("#found"),
    Kind::new(
        "quiet.html",
        "/quiet/",
        "読みたいものだけ",
        Index::No("the home page of those who have stopped letters"),
    ),
    Kind::new(
        "contacts.html",
        "/quiet/contacts/",
        "急ぐときの連絡先",
        Index::No("the numbers for those who have stopped letters"),
    )
    .scripted("[data-clinic]"),
    Kind::new("night.html", "/quiet/night/", "お乳", Index::No("the night page for those who have stopped letters"))
        .scripted("[data-own-clinic]"),
    Kind::new(
        "spared.html",
        "/quiet/weeks/24/",
        "中身を出していません",
        Index::No("in the place of a week for those who have stopped letters"),
    ),
    Kind::new(
        "bulletins.html",
        "/quiet/bulletins/",
        "お子さんのいる方へ",
        Index::No("the news for those who have stopped letters"),
    ),
    Kind::new(
        "articles.html",
        "/quiet/articles/",
        "お子さんのいる方へ",
        Index::No("the list for those who have stopped letters"),
    ),
    Kind::new(
        "language-home.html",
        "/quiet/en/",
        "If you have a child",
        Index::No("the home page of those who have stopped letters"),
    ),
    Kind::new("404.html", "/nowhere", "ページが見つかりません", ERROR).status(404),
    Kind::new("moved.html", "/articles/{moved}/", "つわり", Index::No("the address that it leads to is the page"))
        .on(Server::Host),
    // Registration, one question a page.
    step("register-consent.html", "/register", "市からのお約束"),
    step("register-dates.html", "/register", "予定日と、お子さんの誕生日")
        .post(&[("step", "consent"), ("consent", "{consent}")]),
    step("register-dates.html", "/register", "3月に36日はありません")
        .post(&[("step", "dates"), ("consent", "{consent}"), ("due-y", "2027"), ("due-m", "3"), ("due-d", "36")])
        .status(422),
    step("register-early.html", "/register", "早く生まれた").post(&[
        ("step", "dates"),
        ("consent", "{consent}"),
        ("c1-y", "2026"),
        ("c1-m", "6"),
        ("c1-d", "1"),
        ("c1-early", "yes"),
    ]),
    step("register-area.html", "/register", "お住まいの地区はどこですか").post(&[
        ("step", "dates"),
        ("consent", "{consent}"),
        ("due-y", "2027"),
        ("due-m", "3"),
        ("due-d", "16"),
    ]),
    step("register-language.html", "/register", "読みやすいことばはどれですか").post(&[
        ("step", "area"),
        ("consent", "{consent}"),
        ("due-y", "2027"),
        ("due-m", "3"),
        ("due-d", "16"),
        ("area", "south"),
    ]),
    step("register-first.html", "/register", "はじめてのお子さんですか").post(&[
        ("step", "language"),
        ("consent", "{consent}"),
        ("due-y", "2027"),
        ("due-m", "3"),
        ("due-d", "16"),
        ("area", "south"),
        ("language", "ja"),
    ]),
    step("register-channel.html", "/register", "どこで受け取りますか").post(REGISTERING),
    step("register-pair.html", "/register/pair", "つなぐ番号")
        .post(&[("line", "link-token"), ("pairing", "000000")])
        .status(422),
    own(New, "done.html", "/register/done?to=web_push", "登録できました").scripted("#push"),
    own(New, "done.html", "/register/done?to=email", "メールで受け取る"),
    own(New, "done.html", "/register/done?to=line", "登録できました"),
    own(New, "done.html", "/register/done?to=none", "登録できました"),
    // The household's own pages.
    own(Mother, "me.html", "/me", "届いたおたより"),
    own(New, "me.html", "/me", "最初のおたよりは"),
    own(Mother, "me-born.html", "/me/subjects/{pregnancy}/born", "生まれた日を教えてください"),
    own(New, "me-channel.html", "/me/channel", "受け取り方").scripted("#push"),
    own(Mother, "me-channel.html", "/me/channel", "受け取り方").scripted("#push"),
    own(Mother, "me-dates.html", "/me/subjects/{child}", "を変える"),
    own(Mother, "me-delete.html", "/me/delete", "すべて消す"),
    own(Leaving, "me-deleted.html", "/me/delete", "消しました").post(&[("sure", "yes")]),
    own(Who::Nobody, "me-enter.html", "/me/enter", "マイページを開く"),
    own(Who::Nobody, "me-enter.html", "/me/enter/{link}", "マイページを開く"),
    own(Who::Nobody, "me-enter.html", "/me/enter/{letter_link}", "おたよりを開く"),
    own(Mother, "me-enter.html", "/me/enter/{other_link}", "Another registration is open on this device"),
    own(New, "me-email.html", "/me/email", "確認のメールを送ります").post(&[("email", "hanako@ezweb.ne.jp")]),
    own(New, "me-email.html", "/me/email", "エラー：メールアドレス").post(&[("email", "hanako")]).status(422),
    own(Who::Nobody, "me-email.html", "/me/email/{confirm}", "確認かくにんする"),
    own(Who::Nobody, "me-email.html", "/me/email/x", "使えません").status(410),
    own(Who::Nobody, "me-email.html", "/stop/mail/{mail_stop}", "止とめる"),
    own(Who::Nobody, "me-email.html", "/stop/mail/x", "ここからは止められませんでした")
        .post(&[("lang", "ja")])
        .status(410),
    own(Mother, "me-fact.html", "/me/area", "お住まいの地区"),
    own(Mother, "me-fact.html", "/me/language", "読みやすいことば"),
    own(Mother, "me-family.html", "/me/family", "家族を足す"),
    own(Quiet, "me-gone.html", "/me/subjects/{stopped}", "いまの登録にはありません").status(410),
    own(Mother, "me-pause.html", "/me/pause", "日を決めて休む")
        .post(&[("until-y", "2020"), ("until-m", "1"), ("until-d", "1")])
        .status(422),
    own(Quiet, "me-stopped.html", "/me/stopped", "止めました"),
    own(Who::Nobody, "stop.html", "/stop", "おたよりを止める"),
    own(Mother, "stop.html", "/stop", "すべて止める"),
    own(Who::Nobody, "stop.html", "/stop", "止とめました").post(&[("token", "{stop}")]),
    own(Who::Nobody, "stop.html", "/stop", "ここからは止められませんでした").post(&[("token", "x")]).status(410),
    own(Quiet, "quiet.html", "/", "読みたいものだけ"),
    own(Who::Nobody, "line-login.html", "/line/login/callback", "LINEで確かめられませんでした").status(400),
    // Letters.
    own(Who::Nobody, "letter.html", "/letters/{week}/{letter}/", "24週"),
    own(Who::Nobody, "letter.html", "/letters/{week}/{letter_en}/", "letter"),
    own(Who::Nobody, "letter.html", "/letters/{week}/{letter_easy}/", "おたより"),
    own(Quiet, "letter-closed.html", "/letters/{week}/{letter_en}/", "A letter from before you stopped"),
    own(New, "letter-none.html", "/letters/{week}/", "この週のおたよりはありません"),
    // Questions and answers.
    step("ask.html", "/ask?from=article:tsuwari", "質問する").scripted("[data-clinic]"),
    step("ask.html", "/ask", "この画面をすぐ離れる")
        .post(&[("edit", "1"), ("who", "pregnancy"), ("tap", "bleeding"), ("tap", "home")])
        .scripted("[data-clinic]"),
    own(Mother, "ask.html", "/ask", "質問する").scripted("[data-clinic]"),
    step("ask.html", "/ask", "エラー：質問する")
        .post(&[("text", ""), ("from", "")])
        .status(422)
        .scripted("[data-clinic]"),
    step("ask-confirm.html", "/ask", "内容を確かめる").post(&[
        ("who", "pregnancy"),
        ("text", "今朝、下着に少し出血がありました。おなかも張ります。"),
        ("consent", "yes"),
    ]),
    own(Mother, "thread.html", "/q/{answered}", "佐伯みのり").scripted("[data-clinic]"),
    own(Who::Nobody, "thread.html", "/q/{danger}", "119").scripted("[data-clinic]"),
    own(Mother, "thread-list.html", "/me/answers", "お返事が届いています"),
    own(New, "thread-list.html", "/me/answers", "まだ質問はありません"),
    // The desk.
    own(Who::Nobody, "sign-in.html", "/desk/sign-in", "相談デスクに入る"),
    own(Midwife, "desk.html", "/desk?profession=all", "急ぎ"),
    own(Midwife, "desk.html", "/desk/q/{danger_id}", "出血"),
    own(Midwife, "desk.html", "/desk/q/{answered_id}", "くらっと"),
    own(Midwife, "desk-close.html", "/desk/q/{danger_id}/close", "終える"),
    own(CityStaff, "desk-flyers.html", "/desk/flyers", "チラシから来た数"),
    own(CityStaff, "desk-role.html", "/desk/role", "できること"),
    own(Midwife, "error.html", "/desk/flyers", "このページを開く権限がありません").status(403),
    Kind::new("error.html", "/q/nobody", "ページが見つかりません", Index::No(OWN)).status(404),
    // The demo's, on this machine only.
    Kind::new("demo.html", "/demo/", "見本の市を", Index::Unreachable).on(Server::Demo),
    Kind::new("phone.html", "/demo/phone/{household}", "スマートフォンでの見え方", Index::Unreachable).on(Server::Demo),
    // The authors' preview.
    tool("preview/index.html", "/preview/", "直すところ"),
    tool("preview/article.html", "/preview/tsuwari", "今週、届く世帯"),
    tool("article.html", "/articles/tsuwari/", "つわり").scripted(".preview-back"),
    tool("preview/coverage.html", "/preview/coverage/", "記事の足りない所"),
    tool("preview/new-article.html", "/preview/coverage/new?stage=weeks/30&topic={topic}", "の記事を書く")
        .scripted(".copy"),
    tool("preview/flyers.html", "/preview/flyers/", "チラシの校正"),
    tool("preview/flyer.html", "/preview/flyers/{flyer}/", "校了"),
];

const SEARCH: Index = Index::No("a list of results is no page to be found");

const REGISTERING: &[(&str, &str)] = &[
    ("step", "first"),
    ("consent", "{consent}"),
    ("due-y", "2027"),
    ("due-m", "3"),
    ("due-d", "16"),
    ("area", "south"),
    ("language", "ja"),
    ("first", "yes"),
];

/// Templates that are no pages, and why.
pub const PARTS: &[(&str, &str)] = &[
    ("base.html", "the frame of every page"),
    ("parts.html", "components"),
    ("forms.html", "components"),
    ("around.html", "a part of home, stage and quiet"),
    ("ask-care.html", "a part of ask, ask-confirm and thread"),
    ("ask-taps.html", "a part of ask and thread"),
    ("desk-erased.html", "a part of desk"),
    ("desk-list.html", "a part of desk"),
    ("desk-thread.html", "a part of desk"),
    ("me-frame.html", "the frame of a household's pages that change one thing"),
    ("register-frame.html", "the frame of the registration's pages"),
    ("sw.js", "the service worker: tests/suite/browser/offline.rs"),
];
