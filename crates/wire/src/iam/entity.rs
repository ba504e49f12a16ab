//! What users, groups and roles have in common: the same inputs, each with its own member's name.

/// Every input tells whose name stands in it.
macro_rules! impl_name {
    ($name:ident: $($shape:ident)*) => {$(
        impl $shape {
            /// Whom it is about.
            pub fn name(&self) -> &str {
                &self.$name
            }
        }
    )*};
}

/// A module of inputs for one kind, whose name stands in the member `$name`.
macro_rules! entity {
    ($(#[$about:meta])* $module:ident: $name:ident) => {
        $(#[$about])*
        pub mod $module {
            use crate::iam::Tag;
            use crate::shapes::shapes;

            shapes! { "PascalCase";
                /// Names one.
                Named { $name: String } optional {}
                /// Names one of its own policies.
                PolicyNamed { $name: String, policy_name: String } optional {}
                /// Writes one of its own policies.
                PutPolicyInput { $name: String, policy_name: String, policy_document: String }
                    optional {}
                /// One of its own policies, the document URL-encoded.
                GetPolicyOutput { $name: String, policy_name: String, policy_document: String }
                    optional {}
                /// A page of what one has.
                Paged { $name: String } optional { marker: String, max_items: u32 }
                /// A managed policy, to be attached or detached.
                PolicyAttached { $name: String, policy_arn: String } optional {}
                /// A page of the managed policies that are attached to one.
                PagedAttached { $name: String } optional {
                    path_prefix: String, marker: String, max_items: u32,
                }
                /// The boundary of one.
                Bounded { $name: String, permissions_boundary: String } optional {}
                /// Tags for one.
                Tagged { $name: String, tags: Vec<Tag> } optional {}
                /// Tags to take off one.
                Untagged { $name: String, tag_keys: Vec<String> } optional {}
            }

            impl_name! { $name: Named PolicyNamed PutPolicyInput Paged PolicyAttached PagedAttached
                Bounded Tagged Untagged }

            impl GetPolicyOutput {
                /// The policy of that name of the one whose name it is.
                pub fn of(name: &str, policy: &str, document: String) -> Self {
                    let (policy_name, policy_document) = (policy.to_owned(), document);
                    Self { $name: name.to_owned(), policy_name, policy_document }
                }
            }
        }
    };
}

entity! {
    /// Inputs about a user.
    user: user_name
}

entity! {
    /// Inputs about a group.
    group: group_name
}

entity! {
    /// Inputs about a role.
    role: role_name
}
