//! Liveness, readiness, and a few numbers for Prometheus.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use store::MetaRow;

use crate::shared::Shared;

/// The process answers.
pub async fn live() -> &'static str {
    "ok\n"
}

/// The store answers too.
pub async fn ready(State(shared): State<Arc<Shared>>) -> Response {
    match shared.desk.store.get::<MetaRow>(MetaRow::at(&"pages".to_owned())).await {
        Ok(_) => "ok\n".into_response(),
        Err(cause) => {
            tracing::error!(%cause, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response()
        }
    }
}

/// What was counted since the start.
#[derive(Debug, Default)]
pub struct Counters {
    /// API calls answered, refused ones included.
    pub calls: std::sync::atomic::AtomicU64,
    /// Deliveries written down.
    pub deliveries: std::sync::atomic::AtomicU64,
    /// Deliveries refused before they were written.
    pub refused: std::sync::atomic::AtomicU64,
    /// Effects performed.
    pub effects: std::sync::atomic::AtomicU64,
}

/// Prometheus text (exposition format 0.0.4).
pub async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let counters = &shared.counters;
    let rows = [
        ("towpath_api_calls_total", counters.calls.load(Relaxed)),
        ("towpath_deliveries_total", counters.deliveries.load(Relaxed)),
        ("towpath_deliveries_refused_total", counters.refused.load(Relaxed)),
        ("towpath_effects_total", counters.effects.load(Relaxed)),
        ("towpath_denials_not_kept_total", shared.denials.beyond.load(Relaxed)),
        ("towpath_denials_of_nobody_total", shared.denials.of_nobody.load(Relaxed)),
    ];
    let mut text = String::new();
    for (name, value) in rows {
        let _ = writeln!(text, "# TYPE {name} counter\n{name} {value}");
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
