//! The Security Token Service (2011-06-15): who a caller is. Query protocol, answers in XML.
#![allow(missing_docs, reason = "shape tables; the members are AWS's own")]

use crate::shape::{Operation, Shape, structure};
use crate::shapes::shapes;

/// The operations that are spoken.
pub static OPERATIONS: [Operation; 1] =
    [Operation { name: "GetCallerIdentity", input: &GET_CALLER_IDENTITY_REQUEST }];

static GET_CALLER_IDENTITY_REQUEST: Shape = structure(&[]);

shapes! { "PascalCase";
    GetCallerIdentityInput {} optional {}
    GetCallerIdentityOutput { user_id: String, account: String, arn: String } optional {}
}
