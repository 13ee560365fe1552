//! The pages in Debian's browsers: register, receive, ask, answer, as a person with a phone would.

mod chromium;
mod desk;
mod devtools;
mod firefox;
mod install;
mod journey;
mod kinds;
mod leaving;
mod offline;
mod paper;
mod push;
mod push_service;
mod search;
mod worker;

/// What becomes true shortly after a webhook has been answered.
pub async fn eventually<T>(mut find: impl FnMut() -> Option<T>) -> T {
    for _ in 0..400 {
        if let Some(found) = find() {
            return found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("it did not come true within ten seconds");
}
