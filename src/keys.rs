//! API keys: made once, kept only as a hash, rotated, revoked for good.

mod api_key;
pub mod create;
pub mod list;
pub mod revoke;
pub mod rotate;

pub use api_key::ApiKey;
