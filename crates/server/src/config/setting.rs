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
    setting(
        "limits.step_workspace_bytes_max",
        "10737418240",
        "bytes in a step's workspace and home; also what one file may have",
    ),
    setting("retention.executions_days", "365", "days that executions are kept after their end"),
    setting(
        "retention.executions_kept_min",
        "20",
        "a pipeline's newest executions that stay however old they are",
    ),
    setting("retention.facts_days", "365", "days of facts, where their execution stays longer"),
    setting(
        "retention.artifacts_days",
        "90",
        "days of artifacts, where their execution stays longer",
    ),
    setting("retention.logs_days", "90", "days of logs, where their execution stays longer"),
    setting("retention.deliveries_days", "90", "days that decided deliveries are kept"),
    setting("retention.delivery_bodies_days", "14", "days that their bodies and headers are kept"),
    setting("retention.mirrors_days", "30", "days of a mirror that nobody fetched into"),
    setting("retention.denials_days", "30", "days that is kept why callers were refused"),
    setting("retention.audit_days", "400", "days of the audit log"),
];

const fn setting(name: &'static str, default: &'static str, about: &'static str) -> Setting {
    Setting { name, default, about }
}
