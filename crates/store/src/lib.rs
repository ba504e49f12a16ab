#![doc = include_str!("../README.md")]

pub mod accounts;
pub mod audit;
pub mod backup;
pub mod changes;
pub mod connections;
mod departures;
pub mod executions;
pub mod handshakes;
pub mod hooks;
pub mod iam;
pub mod inbox;
pub mod issuers;
pub mod limits;
pub mod objects;
pub mod outbox;
pub mod permissions;
pub mod pipelines;
mod places;
mod postgres;
pub mod record;
mod relying_parties;
mod resealing;
pub mod retention;
pub mod secrets;
pub mod sessions;
pub mod sqlite;
pub mod statement;
mod statuses;
mod store;
pub mod sync;
pub mod vault;
pub mod versions;
pub mod view;
mod webhooks;
mod writer;

pub use accounts::*;
pub use audit::{AuditFlaw, AuditReport, AuditRow, HeadsRow, SealRow, SignedHeads, Witness};
pub use changes::{Changes, CommitError, Committed};
pub use connections::*;
pub use departures::{DepartureRow, RevocationRow};
pub use executions::*;
pub use handshakes::*;
pub use hooks::*;
pub use iam::*;
pub use inbox::*;
pub use issuers::*;
pub use objects::*;
pub use outbox::*;
pub use permissions::*;
pub use pipelines::*;
pub use places::{Kept, Place};
pub use postgres::bell::{Hearing, Ringer};
pub use record::{Decoded, Error, Key, Query, Record, Row, Table};
pub use relying_parties::RelyingPartyRow;
pub use resealing::Resealed;
pub use retention::{Retention, Swept};
pub use secrets::*;
pub use sessions::*;
pub use statement::{Column, Statement, Value};
pub use statuses::RefusedStatusRow;
pub use store::{DATABASE_FILE, Store, StoreConfig};
pub use sync::*;
pub use vault::{Signature, Vault, VaultError};
pub use versions::Versioning;
pub use view::{Read, View, Want};
pub use webhooks::WebhookRow;

/// Every table, for tests that look at all of them.
pub static TABLES: &[&Table] = &[
    AccountRow::TABLE,
    AccessKeyRow::TABLE,
    UserRow::TABLE,
    GroupRow::TABLE,
    RoleRow::TABLE,
    PolicyRow::TABLE,
    ProviderRow::TABLE,
    OrganisationPolicyRow::TABLE,
    ResourcePolicyRow::TABLE,
    DenialRow::TABLE,
    IssuerRow::TABLE,
    SigningKeyRow::TABLE,
    RelyingPartyRow::TABLE,
    PipelineRow::TABLE,
    PipelineVersionRow::TABLE,
    WatchRow::TABLE,
    LineRow::TABLE,
    ExecutionRow::TABLE,
    AttemptRow::TABLE,
    FactRow::TABLE,
    ArtifactRow::TABLE,
    BucketRow::TABLE,
    ObjectRow::TABLE,
    UploadRow::TABLE,
    PartRow::TABLE,
    VersionRow::TABLE,
    ConnectionRow::TABLE,
    TokenRow::TABLE,
    HostRow::TABLE,
    RegistrationRow::TABLE,
    HandshakeRow::TABLE,
    HookRow::TABLE,
    HeadRow::TABLE,
    RepositoryLinkRow::TABLE,
    SyncConfigurationRow::TABLE,
    SecretRow::TABLE,
    SecretValueRow::TABLE,
    ParameterRow::TABLE,
    ParameterValueRow::TABLE,
    VariableRow::TABLE,
    DeliveryRow::TABLE,
    DeliveryBodyRow::TABLE,
    DispositionRow::TABLE,
    EffectRow::TABLE,
    HolderRow::TABLE,
    MetaRow::TABLE,
    SessionRow::TABLE,
    LinkRow::TABLE,
    AuditRow::TABLE,
    SealRow::TABLE,
    HeadsRow::TABLE,
];
