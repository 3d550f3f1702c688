//! The drawing of a chart as SVG. charts-rs draws bars, lines and the grid into a canvas that stretches to any width;
//! texts and dots, which must keep their shape, are laid over it by percentages. Colours are placeholders that the
//! stylesheet finds by their values and exchanges in the dark.

use charts_rs::{BarChart, ChartBase, Color, LineChart, Series as Drawn, Symbol, YAxisConfig, compact_svg};
use maud::{Markup, PreEscaped, html};

use super::figure::Kind;
use super::scale::Scale;

/// What is drawn.
pub(super) struct Drawing<'a> {
    pub kind: Kind,
    pub series: Vec<Line<'a>>,
    pub scale: Scale,
    /// At the ticks of the scale, the lowest first.
    pub ticks: Vec<String>,
    /// Under the axis, one for each value.
    pub labels: Vec<String>,
    /// What is told about each value, and where a click leads; none where there are too many to point at.
    pub hints: Vec<(String, Option<String>)>,
}

/// One series of values; none where there is nothing to divide by.
pub(super) struct Line<'a> {
    pub name: &'a str,
    pub values: Vec<Option<f64>>,
    /// Number of the colour in the stylesheet.
    pub color: usize,
}

/// The colours of the light theme, by Okabe and Ito: told apart by people with any colour vision.
const COLORS: [&str; 6] = ["#0072B2", "#D55E00", "#8A8F98", "#E69F00", "#009E73", "#AA4499"];
const GRID: &str = "#E1E5EA";
/// Pixels: room over the plot, its height, and that of all with the labels.
const TOP: f64 = 8.0;
const PLOT: f64 = 160.0;
const HEIGHT: f64 = 190.0;
const AXIS_WIDTH: f64 = 48.0;
/// Units of the canvas for a value, of which charts-rs leaves 10 between bars.
const BAND: f32 = 40.0;
const MOST_LABELS: usize = 8;
const MOST_DOTS: usize = 60;

impl Drawing<'_> {
    /// The drawing, which says nothing to those who cannot see it: the table beside it does.
    pub(super) fn markup(&self) -> Markup {
        html! {
            div.plot aria-hidden="true" {
                svg.axis width=(AXIS_WIDTH) height=(HEIGHT) {
                    @for (value, label) in self.scale.ticks().zip(&self.ticks) {
                        text x=(AXIS_WIDTH - 6.0) y=(decimals(self.y(value) + 4.0)) text-anchor="end" { (label) }
                    }
                }
                svg.area height=(HEIGHT) {
                    (PreEscaped(self.canvas()))
                    (self.dots())
                    (self.time_labels())
                    (self.hints())
                }
            }
        }
    }

    /// Empty if charts-rs cannot draw it, which only its options could cause.
    fn canvas(&self) -> String {
        let series: Vec<Drawn> = self.series.iter().map(|line| self.drawn(line)).collect();
        let drawn = if self.kind == Kind::Lines {
            let mut chart = LineChart::new(series, self.labels.clone());
            self.dress(&mut chart.base, &mut chart.y_axis_configs);
            chart.svg()
        } else {
            let mut chart = BarChart::new(series, self.labels.clone());
            self.dress(&mut chart.base, &mut chart.y_axis_configs);
            chart.svg()
        };
        let svg = compact_svg(&without_data_attributes(&drawn.unwrap_or_default()));
        let size = format!("<svg width=\"100%\" height=\"{PLOT}\" y=\"{TOP}\" preserveAspectRatio=\"none\" viewBox");
        // Its own size would keep it from stretching.
        svg.split_once(" viewBox").map(|(_, rest)| format!("{size}{rest}")).unwrap_or_default()
    }

    fn drawn(&self, line: &Line<'_>) -> Drawn {
        #[allow(clippy::cast_possible_truncation, reason = "a drawing needs no more digits")]
        let values = line.values.iter().map(|value| value.map(|value| value as f32));
        let mut drawn = Drawn::new(line.name.to_owned(), Vec::new());
        drawn.data = values.collect();
        drawn.stack = (self.kind == Kind::StackedBars).then(|| "all".to_owned());
        drawn
    }

    /// Nothing but the marks and the grid, from edge to edge.
    #[allow(clippy::cast_possible_truncation, reason = "a drawing needs no more digits")]
    fn dress(&self, base: &mut ChartBase, axes: &mut [YAxisConfig]) {
        let count = u16::try_from(self.labels.len().max(1)).unwrap_or(u16::MAX);
        (base.width, base.height) = (BAND * f32::from(count), PLOT as f32);
        base.margin = (0.0, 0.0, 0.0, 0.0).into();
        base.background_color = Color::transparent();
        base.legend.show = Some(false);
        base.x_axis.hidden = true;
        base.y_axis_hidden = true;
        base.grid.stroke_color = GRID.into();
        base.series.symbol = Some(Symbol::None);
        base.series.colors = self.series.iter().map(|line| COLORS[line.color].into()).collect();
        for axis in axes {
            axis.min = Some(self.scale.low as f32);
            axis.max = Some(self.scale.high() as f32);
            axis.split_number = self.scale.steps.into();
        }
    }

    /// A dot for each value of a line, so that one between gaps is seen too.
    fn dots(&self) -> Markup {
        let is_dotted = self.kind == Kind::Lines && self.labels.len() <= MOST_DOTS;
        html! {
            @if is_dotted {
                @for line in &self.series {
                    g fill=(COLORS[line.color]) {
                        @for (index, value) in line.values.iter().enumerate() {
                            @if let Some(value) = value {
                                circle cx=(self.middle(index)) cy=(decimals(self.y(*value))) {}
                            }
                        }
                    }
                }
            }
        }
    }

    fn time_labels(&self) -> Markup {
        let every = self.labels.len().div_ceil(MOST_LABELS).max(1);
        let shown = self.labels.iter().enumerate().step_by(every).enumerate();
        html! {
            @for (count, (index, label)) in shown {
                // The last of many would stick out.
                @let is_at_the_edge = every > 1 && index + 1 == self.labels.len();
                @let (x, anchor) = if is_at_the_edge { ("100%".into(), "end") } else { (self.middle(index), "middle") };
                // Half of them go where there is little room.
                text.spare[count % 2 == 1] x=(x) y=(TOP + PLOT + 17.0) text-anchor=(anchor) { (label) }
            }
        }
    }

    /// A transparent column over each value that tells its numbers and leads to the rows behind them.
    fn hints(&self) -> Markup {
        html! {
            @for (index, (hint, href)) in self.hints.iter().enumerate() {
                @let column = html! {
                    rect x=(self.percent(index, 0.0)) width=(self.percent(1, 0.0)) height=(PLOT) { title { (hint) } }
                };
                @match href {
                    // The table has the same links for the keyboard.
                    Some(href) => a href=(href) tabindex="-1" { (column) },
                    None => (column),
                }
            }
        }
    }

    /// Pixels from above.
    fn y(&self, value: f64) -> f64 {
        TOP + PLOT * (1.0 - self.scale.share(value))
    }

    fn middle(&self, index: usize) -> String {
        self.percent(index, 0.5)
    }

    /// So many values from the left.
    #[allow(clippy::cast_precision_loss, reason = "there are at most some thousands")]
    fn percent(&self, index: usize, and: f64) -> String {
        let share = (index as f64 + and) / self.labels.len().max(1) as f64;
        format!("{}%", decimals(share * 100.0))
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

/// Without needless digits.
fn decimals(number: f64) -> String {
    format!("{}", (number * 100.0).round() / 100.0)
}
