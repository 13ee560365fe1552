//! The people of the demo: who signs in at the desk, and the one household that asks something and is answered.

use super::pages::{Account, Sample};
use super::visitor::Visitor;
use crate::content::Profession;
use crate::engine::Engine;
use crate::staff::{self, NewAccount, Role};
use crate::web::{App, Shared};
use anyhow::{Context, Result};

/// Login, name, role, profession, and what the start page calls them.
const STAFF: [(&str, &str, Role, Option<Profession>, &str); 2] = [
    ("saeki", "佐伯みのり", Role::Clinician, Some(Profession::Midwife), "助産師（お返事を書く）"),
    ("shi", "こども未来課", Role::CityObserver, None, "市の担当（見るだけ）"),
];

/// The desk's accounts, with new passwords at each start.
pub async fn accounts(app: &Shared) -> Result<Vec<Account>> {
    let known: Vec<String> = staff::list(&app.db).await?.into_iter().map(|a| a.login).collect();
    let mut accounts = Vec::new();
    for (login, name, role, profession, what) in STAFF {
        let password: String = crate::vault::token().chars().filter(char::is_ascii_alphanumeric).take(14).collect();
        if known.iter().any(|k| k == login) {
            staff::set_password(&app.db, login, &password, app.now()).await?;
        } else {
            let account = NewAccount { login: login.to_owned(), name: name.to_owned(), role, profession };
            staff::add(&app.db, &account, &password, app.now()).await?;
        }
        accounts.push(Account { what: what.to_owned(), login: login.to_owned(), password });
    }
    Ok(accounts)
}

/// So many made-up households get their letters by e-mail, too.
const BY_MAIL: usize = 40;

/// Gives some households an address at the stand-in, as its owner would have confirmed it.
pub async fn by_mail(engine: &Engine) -> Result<()> {
    let App { db, vault, .. } = &*engine.app;
    let now = engine.app.now();
    for household in crate::household::list(db).await?.into_iter().filter(|h| h.generated).take(BY_MAIL) {
        let address = format!("{}@harukaze.example.jp", household.id).parse()?;
        crate::contact::ask_email(db, vault, &household.id, &address, now).await?;
        for pending in crate::contact::pending_emails(db, vault, &household.id, now).await? {
            crate::household::confirm_email(db, vault, &crate::contact::confirm_token(vault, &pending.id)?, now)
                .await?;
        }
    }
    Ok(())
}

/// What became of the sample's question.
pub struct Asked {
    /// Path of the thread, for the start page.
    pub path: Option<String>,
    /// Questions answered in all runs.
    pub answered: i64,
}

const QUESTION: &str = "立ち上がるとくらっとします。昨日は上の子を抱っこしたまましゃがみこんでしまって、\
    抱っこが怖くなりました。健診では貧血と言われていません。";
const WAITING: &str =
    "夜中に何度も目をさまして泣きます。抱っこするとすぐ寝るのですが、置くと起きます。いつまで続くものですか。";
const ANSWER: &str = "怖かったですね。抱いたまましゃがんだのは、いちばん安全な動きでした。

立ち上がるときは血圧が下がりやすくなります。転ばない工夫を、今日から始めましょう。

- 立つ前に、足首を10回動かす。立ったら、3つ数えてから歩く
- 抱っこは「座ってから」。立って抱き上げるのは、しばらくほかの人に
- お風呂は短めに。朝は、起きる前にコップ1杯の水を

> [!今日] 今日のうちに産院へ電話
> - 横になっても、どきどきや息切れがおさまらない
> - 気を失った。転んでおなかを打った
> - 出血、強い張り、胎動が少ない

あわせて読む：[立ちくらみと貧血](article:tachikurami)";

/// Signs in as a household by a one-time link, asks, and returns the path of its thread.
async fn ask(engine: &Engine, household: &str, text: &str, base: &str) -> Result<String> {
    let app = &engine.app;
    let mut asker = Visitor::new(base)?;
    let link = crate::contact::one_time_link(&app.db, household, "", app.now()).await?;
    asker.open(&format!("/me/enter/{link}")).await?;
    asker.submit("/me/enter", &[]).await?;
    asker.open("/ask?from=letter").await?;
    let who = asker.first_choice("who").context("質問のページに選択肢がありません")?;
    asker.submit("/ask", &[("who", &who), ("text", text), ("consent", "yes")]).await?;
    asker.submit("/ask/send", &[]).await?;
    Ok(asker.path)
}

/// A household asks from its letter, a midwife answers at the desk, and the household is told: all over HTTP, once.
pub async fn question(engine: &Engine, accounts: &[Account], households: &[Sample], base: &str) -> Result<Asked> {
    let app = &engine.app;
    let before = crate::consult::waiting::answered_since(&app.db, 0).await?;
    let household = households.first().context("世帯がありません")?;
    let id = household.enter.rsplit('/').next().unwrap_or_default();
    if before > 0 {
        let threads = crate::consult::of_person(&app.db, &app.vault, id).await?;
        return Ok(Asked { path: threads.first().map(|t| format!("/q/{}", t.token)), answered: before });
    }
    let thread = ask(engine, id, QUESTION, base).await?;
    let clinician = accounts.first().context("サインインがありません")?;
    let mut midwife = Visitor::new(base)?;
    midwife.open("/desk/sign-in").await?;
    midwife.submit("/desk/sign-in", &[("login", &clinician.login), ("password", &clinician.password)]).await?;
    midwife.open("/desk").await?;
    let conversation = midwife.link("/desk/q/")?;
    midwife.open(&conversation).await?;
    // A thread with signs of danger has other forms before it.
    let answer = format!("{}/answer", conversation.split(['?', '#']).next().unwrap_or_default());
    midwife.submit(&answer, &[("text", ANSWER)]).await?;

    // Another one waits at the desk for whoever tries it.
    if let Some(other) = households.get(1) {
        ask(engine, other.enter.rsplit('/').next().unwrap_or_default(), WAITING, base).await?;
    }
    engine.sender().dispatcher(engine.clock()).dispatch().await?;
    Ok(Asked { path: Some(thread), answered: crate::consult::waiting::answered_since(&app.db, 0).await? })
}
