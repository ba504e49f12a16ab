//! How the services' folders write their types: members under AWS's names, absent ones left out.

/// Defines structures with serde: required members first, then those that may be absent.
/// The first token says how AWS writes the names: `camelCase` or `PascalCase`.
macro_rules! shapes {
    ($case:literal; $($(#[$doc:meta])* $shape:ident {
        $($(#[$need_doc:meta])* $need:ident: $need_kind:ty),* $(,)?
    } optional {
        $($(#[$may_doc:meta])* $may:ident: $may_kind:ty),* $(,)?
    })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = $case)]
        pub struct $shape {
            $($(#[$need_doc])* pub $need: $need_kind,)*
            $(
                $(#[$may_doc])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $may: Option<$may_kind>,
            )*
        }
    )*};
}

/// Defines enumerations, the default first, with the text that the wire carries.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $first:ident = $first_text:literal
        $(, $word:ident = $text:literal)* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize)]
        pub enum $name {
            #[doc = concat!("`", $first_text, "`.")]
            #[default]
            #[serde(rename = $first_text)]
            $first,
            $(#[doc = concat!("`", $text, "`.")] #[serde(rename = $text)] $word,)*
        }

        impl $name {
            /// The text as the wire carries it.
            pub fn as_str(self) -> &'static str {
                match self {
                    Self::$first => $first_text,
                    $(Self::$word => $text,)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )*};
}

pub(crate) use {shapes, words};
