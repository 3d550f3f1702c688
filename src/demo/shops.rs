//! The three shops of the demo.

use std::sync::LazyLock;

use chrono_tz::{America, Asia, Europe};

use super::{
    shop::{EVENING_HOURS, OFFICE_HOURS, Shop},
    topics,
};

/// All of them, the largest first.
pub static SHOPS: LazyLock<[Shop; 3]> = LazyLock::new(|| [tea_house(), outfitters(), bicycles()]);

fn tea_house() -> Shop {
    Shop {
        name: "Monsoon Tea House",
        timezone: Asia::Kolkata,
        locale: "en-IN",
        currency: "INR",
        conversations: 8_600.0,
        weekdays: [1.0, 0.95, 0.95, 1.0, 1.15, 1.4, 1.3],
        hours: EVENING_HOURS,
        channels: &[("whatsapp", 0.55), ("web", 0.25), ("instagram", 0.12), ("email", 0.08)],
        languages: &[("en", 0.55), ("hi", 0.33), ("ta", 0.12)],
        topics: &[
            (&topics::ORDER_STATUS, 0.30),
            (&topics::DELIVERY_TIME, 0.18),
            (&topics::BREWING, 0.16),
            (&topics::PAYMENT, 0.12),
            (&topics::GIFT_WRAP, 0.10),
            (&topics::BULK_ORDER, 0.08),
            (&topics::REFUND, 0.06),
        ],
        bad_week: 0..0,
        // The team had a rise six weeks ago.
        roi: &[(200, ["340.00", "7.5", "1.80"]), (42, ["395.00", "7.5", "1.80"])],
    }
}

fn outfitters() -> Shop {
    Shop {
        name: "Harbor & Pine Outfitters",
        timezone: America::New_York,
        locale: "en-US",
        currency: "USD",
        conversations: 7_200.0,
        weekdays: [1.25, 1.1, 1.0, 1.0, 1.05, 0.8, 0.75],
        hours: OFFICE_HOURS,
        channels: &[("web", 0.5), ("email", 0.22), ("sms", 0.18), ("instagram", 0.1)],
        languages: &[("en", 0.86), ("es", 0.14)],
        topics: &[
            (&topics::ORDER_STATUS, 0.26),
            (&topics::SIZING, 0.20),
            (&topics::RETURN, 0.18),
            (&topics::DELIVERY_TIME, 0.12),
            (&topics::REFUND, 0.10),
            (&topics::WARRANTY, 0.08),
            (&topics::REPAIR, 0.06),
        ],
        // A storm closed the warehouse.
        bad_week: 33..40,
        roi: &[],
    }
}

fn bicycles() -> Shop {
    Shop {
        name: "Radhaus am Kanal",
        timezone: Europe::Berlin,
        locale: "de-DE",
        currency: "EUR",
        conversations: 4_200.0,
        weekdays: [1.3, 1.15, 1.05, 1.0, 1.0, 0.7, 0.25],
        hours: OFFICE_HOURS,
        channels: &[("web", 0.48), ("email", 0.3), ("whatsapp", 0.22)],
        languages: &[("de", 0.78), ("en", 0.16), ("tr", 0.06)],
        topics: &[
            (&topics::REPAIR, 0.26),
            (&topics::ORDER_STATUS, 0.24),
            (&topics::SPARE_PARTS, 0.16),
            (&topics::DELIVERY_TIME, 0.12),
            (&topics::RETURN, 0.10),
            (&topics::WARRANTY, 0.07),
            (&topics::LEASING, 0.05),
        ],
        bad_week: 0..0,
        roi: &[(200, ["31.50", "9.0", "0.06"])],
    }
}
