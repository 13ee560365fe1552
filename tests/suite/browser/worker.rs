//! The service worker's own code in Node: a browser that changes the subscription, and tells its worker everything,
//! half of it, or nothing.

use std::path::Path;
use std::process::Command;

/// What each browser tells (`newSubscription`, `oldSubscription`, what is still subscribed), and what the service is
/// told then.
const RUN: &str = r#"
const code = require('fs').readFileSync(process.argv[1], 'utf8').split('self.addEventListener("pushsubscriptionchange"')[1];
const cases = {
  all: [{ newSubscription: { endpoint: 'new' } }, null],
  old: [{ oldSubscription: { options: { applicationServerKey: 'KEPT' } } }, null],
  nothing: [{}, null],
  empty_options: [{ oldSubscription: { options: {} } }, null],
  still_there: [{}, { endpoint: 'there' }],
};
(async () => {
  const said = {};
  for (const [name, [event, there]] of Object.entries(cases)) {
    let handler, waits;
    const self = {
      addEventListener: (_, f) => { handler = f; },
      registration: { pushManager: { getSubscription: async () => there, subscribe: async (o) => ({ endpoint: 'by ' + o.applicationServerKey }) } },
    };
    const told = [];
    const fetch = async (path, how) => { if (path === '/push/key') return { ok: true, text: async () => 'ASKED\n' }; told.push([how.method, path, JSON.parse(how.body).endpoint]); return { ok: true }; };
    new Function('self', 'fetch', 'self.addEventListener("pushsubscriptionchange"' + code)(self, fetch);
    handler({ ...event, waitUntil: (p) => { waits = p; } });
    await waits;
    said[name] = told.map((t) => t.join(' ')).join();
  }
  console.log(JSON.stringify(said));
})();
"#;

#[test]
fn a_worker_that_is_told_nothing_registers_again() {
    let worker = Path::new(env!("CARGO_MANIFEST_DIR")).join("themes/default/templates/sw.js");
    let output = Command::new("node").arg("-e").arg(RUN).arg(&worker).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let post = |endpoint: &str| format!("POST /push/subscriptions {endpoint}");
    let expected = serde_json::json!({
        "all": post("new"), "old": post("by KEPT"), "nothing": post("by ASKED"), "empty_options": post("by ASKED"),
        "still_there": post("there"),
    });
    assert_eq!(said, expected);
}
