//! The drawing of a chart as SVG, by charts-rs. Colours are placeholders of the stylesheet, which knows light and dark.

use std::fmt::Write;

use charts_rs::{BarChart, ChartBase, Color, LineChart, Series as Drawn, Symbol, compact_svg};
use maud::{Markup, PreEscaped, Render, html};

use super::figure::Kind;

/// What is drawn.
pub(super) struct Drawing<'a> {
    pub kind: Kind,
    pub series: Vec<Line<'a>>,
    /// Under the axis, one for each value.
    pub labels: Vec<String>,
    /// `{c} s` for seconds.
    pub axis: &'static str,
    /// Upper end of the axis, where it is fixed.
    pub max: Option<f32>,
    /// What is told about each value, and where a click leads.
    pub hints: Vec<(String, Option<String>)>,
}

/// One series of values; none where there is nothing to divide by.
pub(super) struct Line<'a> {
    pub name: &'a str,
    pub values: Vec<Option<f32>>,
    /// Number of the colour in the stylesheet.
    pub color: usize,
}

/// The colours of the light theme, by Okabe and Ito: told apart by people with any colour vision. The stylesheet finds
/// each by its value to exchange it in the dark.
const COLORS: [&str; 6] = ["#0072B2", "#D55E00", "#8A8F98", "#E69F00", "#009E73", "#AA4499"];
const GRID: &str = "#E1E5EA";
const AXIS: &str = "#8B94A1";
const TEXT: &str = "#525B67";
const HEIGHT: f32 = 210.0;
const LEFT: f32 = 46.0;
const RIGHT: f32 = 8.0;
const PLOT_BOTTOM: f32 = 180.0;

impl Drawing<'_> {
    /// For cards of half a screen and more.
    pub(super) fn wide(&self) -> Markup {
        let svg = self.svg(640.0);
        html! { div.wide aria-hidden="true" { (PreEscaped(self.with_hints(svg, 640.0))) } }
    }

    /// For phones.
    pub(super) fn narrow(&self) -> Markup {
        html! { div.narrow aria-hidden="true" { (PreEscaped(self.svg(320.0))) } }
    }

    /// Empty if charts-rs cannot draw it, which only its options could cause.
    fn svg(&self, width: f32) -> String {
        let series: Vec<Drawn> = self.series.iter().map(|line| self.drawn(line)).collect();
        let drawn = if self.kind == Kind::Lines {
            let mut chart = LineChart::new(series, self.labels.clone());
            self.dress(&mut chart.base, width);
            chart.base.series.symbol = Some(Symbol::Circle(if self.labels.len() > 60 { 0.0 } else { 2.0 }, None));
            self.measure(&mut chart.y_axis_configs);
            chart.svg()
        } else {
            let mut chart = BarChart::new(series, self.labels.clone());
            self.dress(&mut chart.base, width);
            self.measure(&mut chart.y_axis_configs);
            chart.svg()
        };
        compact_svg(&without_data_attributes(&drawn.unwrap_or_default()))
    }

    fn drawn(&self, line: &Line<'_>) -> Drawn {
        let mut drawn = Drawn::new(line.name.to_owned(), Vec::new());
        drawn.data.clone_from(&line.values);
        drawn.stack = (self.kind == Kind::StackedBars).then(|| "all".to_owned());
        drawn
    }

    fn dress(&self, base: &mut ChartBase, width: f32) {
        (base.width, base.height) = (width, HEIGHT);
        base.background_color = Color::transparent();
        base.font_family = "system-ui".into();
        base.legend.show = Some(false);
        base.grid.stroke_color = GRID.into();
        (base.grid.left, base.grid.right) = (Some(LEFT), Some(RIGHT));
        base.x_axis.stroke_color = AXIS.into();
        base.x_axis.font.color = TEXT.into();
        base.x_axis.font.size = 12.0;
        base.series.colors = self.series.iter().map(|line| COLORS[line.color].into()).collect();
    }

    fn measure(&self, axes: &mut [charts_rs::YAxisConfig]) {
        for axis in axes {
            axis.font.color = TEXT.into();
            axis.font.size = 12.0;
            axis.split_number = 4;
            axis.formatter = Some(self.axis.into());
            // Losses are below zero.
            axis.min = self.is_positive().then_some(0.0);
            axis.max = self.max;
        }
    }

    fn is_positive(&self) -> bool {
        self.series.iter().flat_map(|line| &line.values).flatten().all(|value| *value >= 0.0)
    }

    /// Lays a transparent column over each value that tells its numbers and leads to the rows behind them.
    fn with_hints(&self, mut svg: String, width: f32) -> String {
        let Some(end) = svg.rfind("</svg>") else { return svg };
        svg.truncate(end);
        let count = u16::try_from(self.hints.len().max(1)).unwrap_or(u16::MAX);
        let band = (width - LEFT - RIGHT) / f32::from(count);
        let mut x = LEFT;
        for (hint, href) in &self.hints {
            let rect = html! { rect.hint x={ (rounded(x)) } width={ (rounded(band)) } height=(PLOT_BOTTOM) { title { (hint) } } };
            let hint = match href {
                // The table below has the same links for the keyboard.
                Some(href) => html! { a href=(href) tabindex="-1" { (rect) } },
                None => rect,
            };
            hint.render_to(&mut svg);
            x += band;
        }
        svg.push_str("</svg>");
        svg
    }
}

/// A page has the numbers elsewhere, and bars without attributes of their own become one path.
fn without_data_attributes(svg: &str) -> String {
    let mut parts = svg.split(" data-");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // name="value", in which quotes are escaped.
        kept.push_str(part.splitn(3, '"').nth(2).unwrap_or_default());
    }
    kept
}

fn rounded(number: f32) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write!(text, "{number:.1}");
    text
}
