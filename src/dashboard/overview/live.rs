//! Today, filled in by the script from the live metrics. Without script the panel is not there.

use maud::{Markup, html};

use crate::dashboard::numbers::{NOTHING, Notation};
use crate::dashboard::visit::Visit;

const NUMBERS: [(&str, &str, Notation); 6] = [
    ("total_conversations", "conversations", Notation::Count),
    ("open_conversations", "open", Notation::Count),
    ("resolved_conversations", "resolved", Notation::Count),
    ("escalated_conversations", "escalated", Notation::Count),
    ("resolution_rate", "resolution rate", Notation::Share),
    ("p50_first_response_time_ms", "first response, median", Notation::Duration),
];

/// The panel.
pub(super) fn panel(visit: &Visit) -> Markup {
    let store_id = visit.is_admin().then(|| format!("?store_id={}", visit.tenant.store_id));
    let call = format!("/api/v1/analytics/live{}", store_id.unwrap_or_default());
    html! {
        section.live hidden data-live=(call) data-api=(call) data-state="loading" aria-labelledby="live-title" {
            h2 #live-title { span.pulse aria-hidden="true" {} " Today, live" }
            dl {
                @for (field, name, notation) in NUMBERS {
                    div {
                        dt { (name) }
                        dd { span data-field={ "metrics." (field) } data-format=(notation.name()) { (NOTHING) } }
                    }
                }
            }
            p.quiet role="status" data-live-status { "Connecting…" }
        }
    }
}
