//! Every limit of this room by name. Those that a service documents say so; the others keep a text
//! that a stranger wrote from costing more than reading it is worth.

/// Bytes in one recipe file. Ours: the longest file of the corpus we know has a tenth of it.
pub const FILE_BYTES_MAX: usize = 512 * 1024;

/// YAML events in one file, those that aliases repeat included.
pub const YAML_EVENTS_MAX: usize = 100_000;

/// Bytes of all scalars in one file, those that aliases repeat included.
pub const YAML_SCALAR_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Lists and maps inside each other; a real pipeline needs about ten.
pub const YAML_DEPTH_MAX: usize = 32;

/// Diagnostics that one file gets; what follows is more of the same.
pub const DIAGNOSTICS_MAX: usize = 100;

/// Characters of a source line that a diagnostic shows.
pub const SOURCE_LINE_CHARS_MAX: usize = 120;

/// Steps of one pipeline, each member of a group counted (Bitbucket's documented limit).
pub const STEPS_MAX: usize = 100;

/// Minutes that `max-time` may name (Bitbucket's documented limit).
pub const MAX_TIME_MINUTES_MAX: u32 = 720;

/// Audiences of one step's `oidc` (Bitbucket's documented limit).
pub const OIDC_AUDIENCES_MAX: usize = 10;

/// Characters of one audience (Bitbucket's documented limit).
pub const OIDC_AUDIENCE_CHARS_MAX: usize = 150;

/// Megabytes of memory that a service may ask for at least (Atlassian's schema).
pub const SERVICE_MEMORY_MEGABYTES_MIN: u32 = 128;

/// Characters of a branch or tag pattern.
pub const PATTERN_CHARS_MAX: usize = 255;

/// Patterns that the braces of one pattern stand for.
pub const PATTERN_ALTERNATIVES_MAX: usize = 64;

/// Commands of one `Commands` action (CodePipeline's documented limit).
pub const COMMANDS_MAX: usize = 50;

/// Characters of one such command (CodePipeline's documented limit).
pub const COMMAND_CHARS_MAX: usize = 1000;
