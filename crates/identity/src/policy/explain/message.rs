//! What a caller who is refused reads on the wire: IAM's own sentence, which names one kind of
//! policy and no more ("Troubleshoot access denied error messages", IAM user guide).

use crate::policy::decision::Decision;
use crate::policy::policies::Layer;
use crate::policy::request::Request;

/// The sentence for a refusal; `None` where the request is allowed.
pub fn message(decision: &Decision, request: &Request) -> Option<String> {
    let Request { caller, action, resource, .. } = request;
    let because = match decision {
        Decision::Allowed(_) => return None,
        Decision::NotAllowed(layer) => {
            format!("because no {} allows the {action} action", name(*layer))
        }
        Decision::Denied(by) if by.policy.starts_with("arn:") && by.layer != Layer::Trust => {
            format!("with an explicit deny in {}: {}", counted(by.layer), by.policy)
        }
        Decision::Denied(by) if by.layer == Layer::Trust => {
            "with an explicit deny in the role trust policy".to_owned()
        }
        Decision::Denied(by) => format!("with an explicit deny in {}", counted(by.layer)),
    };
    let caller = caller.said();
    let asked = format!("User: {caller} is not authorized to perform: {action}");
    Some(format!("{asked} on resource: {resource} {because}"))
}

/// What the guide calls a kind of policy.
pub(super) fn name(layer: Layer) -> &'static str {
    match layer {
        Layer::ResourceControl => "resource control policy",
        Layer::ServiceControl => "service control policy",
        Layer::Resource => "resource-based policy",
        Layer::Trust => "role trust policy",
        Layer::Identity => "identity-based policy",
        Layer::Boundary => "permissions boundary",
        Layer::Session => "session policy",
    }
}

/// The same with its article.
pub(super) fn counted(layer: Layer) -> String {
    let article = if layer == Layer::Identity { "an" } else { "a" };
    format!("{article} {}", name(layer))
}
