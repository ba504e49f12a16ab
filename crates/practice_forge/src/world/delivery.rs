//! Deliveries, as they were sent and answered.

use serde::Serialize;

/// One delivery of a hook.
#[derive(Clone, Debug, Serialize)]
pub struct Delivery {
    /// Its number.
    pub id: u64,
    /// The forge's id of it, in the header that the forge has for it; the same when it is sent
    /// again.
    pub guid: String,
    /// The hook's number.
    pub hook_id: u64,
    /// The event, as the forge's header names it.
    pub event: String,
    /// Whether somebody asked for it to be sent again.
    pub redelivery: bool,
    /// Which try it was, from 1.
    pub attempt: u32,
    /// When it was sent.
    pub delivered_at: String,
    /// What became of it.
    pub fate: Fate,
    /// What the receiver answered; 0 where there was no answer.
    pub status_code: u16,
    /// The receiver's words, or why there are none.
    pub status: String,
    /// Where it went.
    pub url: String,
    /// The headers that it was sent with.
    pub headers: Vec<(String, String)>,
    /// The body that was signed.
    pub body: String,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Fate {
    /// Somebody answered.
    Answered,
    /// Nobody did, or it was lost on its way.
    Lost,
    /// The forge did not even try; its own lists do not show it.
    Skipped,
}

impl Delivery {
    /// Whether the receiver took it.
    pub fn is_good(&self) -> bool {
        self.status_code / 100 == 2
    }
}
