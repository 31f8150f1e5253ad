//! The pipeline's own web pages, on a loopback port: `/metrics`, `/health`, `/ready`.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use weir_component::Stop;
use weir_component::metrics::Meters;

use crate::run::Status;

/// What the pages show.
struct Shown {
    meters: Meters,
    pipelines: Vec<Status>,
}

/// Binds the address; separate from [`serve`] so that the caller hears of a port that is taken.
pub async fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// Serves the pages until asked to stop.
///
/// * `/metrics`: Prometheus text.
/// * `/health`: 200 while the process runs.
/// * `/ready`: 200 while every output takes what it is sent, else 503; with the state of each.
pub async fn serve(listener: TcpListener, meters: Meters, pipelines: Vec<Status>, stop: Stop) {
    let shown = Arc::new(Shown { meters, pipelines });
    let pages = Router::new()
        .route("/metrics", get(metrics))
        .route("/health", get(health))
        .route("/ready", get(ready))
        .with_state(shown);
    let serving =
        axum::serve(listener, pages).with_graceful_shutdown(async move { stop.asked().await });
    if let Err(cause) = serving.await {
        tracing::warn!(%cause, "the metrics page ended");
    }
}

async fn metrics(State(shown): State<Arc<Shown>>) -> impl IntoResponse {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], shown.meters.text())
}

async fn health() -> axum::Json<Value> {
    axum::Json(json!({ "status": "running" }))
}

async fn ready(State(shown): State<Arc<Shown>>) -> impl IntoResponse {
    let is_ready = shown.pipelines.iter().all(Status::is_ready);
    let code = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let pipelines: Vec<Value> = shown.pipelines.iter().map(Status::describe).collect();
    (code, axum::Json(json!({ "ready": is_ready, "pipelines": pipelines })))
}
