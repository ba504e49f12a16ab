//! GitLab's signed deliveries, signed by the reference library of the Standard Webhooks
//! specification (`standardwebhooks` from PyPI). Runs where `TOWPATH_PYTHON` names a Python that
//! has it.

use domain::connection::ProviderType;
use domain::{Secret, Timestamp};
use serde_json::Value;
use std::process::Command;
use webhooks::{Headers, SignatureRefusal, delivery_id, verify};

/// Prints deliveries: their secret, headers and body, as one JSON list.
const SIGNER: &str = r#"
import base64, datetime, json, sys
from standardwebhooks.webhooks import Webhook

at = int(sys.argv[1])
bodies = ["{}", '{"object_kind": "push"}', '{"name": "\u00e4\u2713"}', "x" * 100000, ""]
deliveries = []
for index, body in enumerate(bodies):
    for length in (24, 32, 64):
        secret = "whsec_" + base64.b64encode(bytes(range(index, index + length))).decode()
        identity = f"msg_{index}-{length}"
        moment = datetime.datetime.fromtimestamp(at, tz=datetime.timezone.utc)
        signature = Webhook(secret).sign(identity, moment, body)
        headers = {"webhook-id": identity, "webhook-timestamp": str(at), "webhook-signature": signature}
        deliveries.append({"secret": secret, "headers": headers, "body": body})
print(json.dumps(deliveries))
"#;

const AT: i64 = 1_795_342_530;

#[test]
fn what_the_reference_library_signs_is_accepted() {
    let Ok(python) = std::env::var("TOWPATH_PYTHON") else {
        return println!("skipped: TOWPATH_PYTHON is not set");
    };
    let signed = Command::new(python).args(["-c", SIGNER, &AT.to_string()]).output();
    let signed = signed.expect("the signer runs");
    assert!(signed.status.success(), "{}", String::from_utf8_lossy(&signed.stderr));
    let deliveries: Vec<Value> = serde_json::from_slice(&signed.stdout).expect("deliveries");
    for delivery in &deliveries {
        let sent = delivery["headers"].as_object().expect("headers");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let headers = Headers::from_iter(sent.iter().map(|(name, value)| (name, text(value))));
        let (secret, body) = (Secret::new(text(&delivery["secret"])), text(&delivery["body"]));
        let judged = |body: &str, at| {
            let secrets = std::slice::from_ref(&secret);
            verify(ProviderType::GitLab, &headers, body.as_bytes(), secrets, Timestamp(at))
        };
        assert_eq!(judged(&body, AT * 1000), Ok(()), "{sent:?}");
        assert_eq!(judged(&(body.clone() + " "), AT * 1000), Err(SignatureRefusal::Mismatch));
        let late = judged(&body, (AT + 301) * 1000);
        assert_eq!(late, Err(SignatureRefusal::OutOfTime { seconds: 301 }));
        assert_eq!(delivery_id(ProviderType::GitLab, &headers), sent["webhook-id"].as_str());
    }
    println!("{} deliveries of the reference library accepted", deliveries.len());
    assert_eq!(deliveries.len(), 15);
}
