//! What tells an asker that there is an answer.

use crate::consult::Consultation;
use crate::outbox::{self, Notice};
use crate::web::Shared;

/// How long the notice of an answer is worth delivering.
const NOTICE_TTL: u32 = 7 * 24 * 3600;

/// "There is an answer", without content and without a link that would show one: `/me/answers` asks who it is first.
pub(super) fn notice(app: &Shared, consultation: &Consultation, entry_id: &str) -> Notice {
    Notice {
        key: outbox::answer_key(entry_id),
        title: "お返事が届いています。".into(),
        body: "マイページで読めます。".into(),
        url: app.config.url("/me/answers"),
        ask_url: app.config.url("/ask"),
        language: consultation.language.clone(),
        ttl: NOTICE_TTL,
        low_urgency: false,
    }
}
