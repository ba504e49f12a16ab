//! Every setting there is, in one table: the flags, the variables, the file and `--print-config` are
//! read off it.

/// One setting: its name in `towpath.toml`, its default, and what it is for.
pub struct Setting {
    /// The key, dotted where it stands in a table of the file: `steps.network`.
    pub name: &'static str,
    /// What holds where nobody set it; empty for "none".
    pub default: &'static str,
    /// One sentence for people.
    pub about: &'static str,
}

/// Every setting there is.
pub const SETTINGS: &[Setting] = &[
    setting("data", "", "the data folder; default $XDG_DATA_HOME/towpath"),
    setting("listen", "127.0.0.1:7700", "address and port that serve everything"),
    setting("public-listen", "", "a second address that serves only what the outside must reach"),
    setting("public-url", "", "what hooks, callbacks and statuses say; default the listen address"),
    setting("database", "", "postgres://… instead of SQLite in the data folder"),
    setting(
        "sealing-key",
        "",
        "file of the sealing key; default $XDG_CONFIG_HOME/towpath/sealing.key",
    ),
    setting("tls-cert", "", "PEM file with the certificate chain"),
    setting("tls-key", "", "PEM file with the private key"),
    setting(
        "trusted-proxy",
        "",
        "CIDR ranges whose forwarded headers are believed, comma-separated",
    ),
    setting("insecure-http", "false", "allow listening beyond loopback without TLS"),
    setting(
        "allow-address",
        "",
        "private CIDR:port targets that requests may go to, comma-separated",
    ),
    setting(
        "stand-in",
        "",
        "PROVIDER=URL: a practice forge instead of github.com, gitlab.com or bitbucket.org, comma-separated",
    ),
    setting("steps.network", "host", "\"host\" or \"none\": the network a step sees"),
    setting("steps.isolation", "bubblewrap", "\"bubblewrap\" or \"host\": what keeps a step in"),
    setting(
        "steps.concurrency",
        "0",
        "steps that run at once; 0 for one a processor, two at least",
    ),
    setting(
        "reconcile.seconds",
        "600",
        "how often repositories are compared with what deliveries told; 0 for never",
    ),
    setting("polling.seconds", "60", "how often what nobody tells of is looked at; 0 for never"),
    setting("limits.fetch_seconds_max", "600", "seconds for fetching a source from its forge"),
    setting("limits.step_seconds_max", "3300", "seconds for a step that names no limit of its own"),
    setting("limits.step_memory_bytes_max", "4294967296", "memory of a step, in bytes"),
    setting("limits.step_processes_max", "512", "processes of a step"),
    setting("limits.step_log_bytes_max", "67108864", "what a step may print, in bytes"),
];

const fn setting(name: &'static str, default: &'static str, about: &'static str) -> Setting {
    Setting { name, default, about }
}
