//! Ids in, what authors call them out.

use crate::contact::Channel;

/// A channel as authors know it; `None` reads on the household's page.
pub fn channel_title(channel: Option<Channel>) -> &'static str {
    channel.map_or("マイページで読む", Channel::title)
}

/// A language as authors know it.
pub fn language_title(id: &str) -> &str {
    match id {
        "ja" => "日本語",
        "easy" => "やさしい日本語",
        "en" => "English",
        other => other,
    }
}
