//! What stands for the rows of a chart: local hours, days, weeks, months, or names of groups.

use crate::analytics::ranges::Granularity;

/// What the label of a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels {
    /// RFC 3339 with an offset.
    Hours,
    /// A date, or RFC 3339 at the start of it, which is not midnight everywhere.
    Days,
    Weeks,
    Months,
    /// Names of groups, with the heading of their column.
    Names(&'static str),
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl From<Granularity> for Labels {
    fn from(granularity: Granularity) -> Self {
        match granularity {
            Granularity::Hour => Self::Hours,
            Granularity::Day => Self::Days,
            Granularity::Week => Self::Weeks,
            Granularity::Month => Self::Months,
        }
    }
}

impl Labels {
    /// Heading of their column in a table.
    pub(super) fn heading(self) -> &'static str {
        match self {
            Self::Hours => "Hour",
            Self::Days => "Day",
            Self::Weeks => "Week from",
            Self::Months => "Month",
            Self::Names(heading) => heading,
        }
    }

    /// As it stands at an axis: `3 Nov`, `Nov`, `14:00`; midnight has the day.
    pub(super) fn short(self, label: &str) -> String {
        let short = match self {
            Self::Hours => time(label).filter(|time| *time != "00:00").map(str::to_owned).or_else(|| day(label)),
            Self::Days | Self::Weeks => day(label),
            Self::Months => month(label).map(str::to_owned),
            Self::Names(_) => None,
        };
        short.unwrap_or_else(|| label.to_owned())
    }

    /// As it stands in a table: `3 Nov 2026`, `Nov 2026`, `3 Nov 2026, 14:00`. An hour that a day has twice has its offset.
    pub(super) fn long(self, label: &str, is_repeated: bool) -> String {
        let year = label.get(..4).unwrap_or_default();
        let long = match self {
            Self::Hours => day(label).zip(time(label)).map(|(day, time)| {
                let offset = if is_repeated { label.get(19..).unwrap_or_default() } else { "" };
                format!("{day} {year}, {time} {offset}").trim_end().to_owned()
            }),
            Self::Days | Self::Weeks => day(label).map(|day| format!("{day} {year}")),
            Self::Months => month(label).map(|month| format!("{month} {year}")),
            Self::Names(_) => None,
        };
        long.unwrap_or_else(|| label.to_owned())
    }
}

fn day(label: &str) -> Option<String> {
    let day: u8 = label.get(8..10)?.parse().ok()?;
    Some(format!("{day} {}", month(label)?))
}

fn month(label: &str) -> Option<&'static str> {
    let month: usize = label.get(5..7)?.parse().ok()?;
    MONTHS.get(month.checked_sub(1)?).copied()
}

fn time(label: &str) -> Option<&str> {
    label.get(11..16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_short_at_an_axis_and_whole_in_a_table() {
        for (labels, label, short, long) in [
            (Labels::Days, "2026-11-03", "3 Nov", "3 Nov 2026"),
            // The day on which Cairo has no midnight.
            (Labels::Days, "2026-04-24T01:00:00+03:00", "24 Apr", "24 Apr 2026"),
            (Labels::Weeks, "2026-11-02T00:00:00+01:00", "2 Nov", "2 Nov 2026"),
            (Labels::Months, "2026-11-01T00:00:00+01:00", "Nov", "Nov 2026"),
            (Labels::Hours, "2026-11-03T14:00:00+01:00", "14:00", "3 Nov 2026, 14:00"),
            (Labels::Hours, "2026-11-03T00:00:00+01:00", "3 Nov", "3 Nov 2026, 00:00"),
            (Labels::Names("Score from"), "0.3", "0.3", "0.3"),
        ] {
            assert_eq!((labels.short(label).as_str(), labels.long(label, false).as_str()), (short, long));
        }
        assert_eq!(Labels::Hours.long("2026-10-25T02:00:00+02:00", true), "25 Oct 2026, 02:00 +02:00");
    }
}
