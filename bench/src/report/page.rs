//! Writes docs/benchmarks.md: what people wrote above the mark, and the figures below it.

use std::{fmt::Write, fs};

use super::{Kept, Text};
use crate::{Result, bench::Bench};

const MARK: &str = "<!-- figures -->\n";
/// Lines of a plan that the page shows; all of it is in target/bench.
const SHOWN_LINES: usize = 40;
const SHOWN_CHARACTERS: usize = 160;

/// Puts the figures of all rows that were ever run on this machine into the page, in the order of `numbers`.
///
/// # Errors
/// When a file cannot be read or written.
pub fn write(bench: &Bench, numbers: impl Iterator<Item = &'static str>) -> Result<()> {
    let path = bench.project.join("docs/benchmarks.md");
    let page = fs::read_to_string(&path)?;
    let (written, _) = page.split_once(MARK).ok_or("docs/benchmarks.md has lost its mark")?;
    let mut reports = Vec::new();
    for number in numbers {
        reports.extend(Kept::load(bench, number)?);
    }
    fs::write(path, format!("{written}{MARK}\n{}", figures(&reports)?))?;
    Ok(())
}

fn figures(reports: &[Kept]) -> Result<String> {
    let mut page = String::from("| # | what | demanded | measured: median (range) | |\n|---|---|---|---|---|\n");
    for kept in reports {
        for line in &kept.report.lines {
            let (number, demanded, verdict) = (&kept.number, line.demanded(), line.verdict());
            writeln!(
                page,
                "| {number} | {} | {demanded} | {} | {verdict} |",
                line.measured.name,
                line.measured.shown()
            )?;
        }
    }
    for kept in reports {
        section(&mut page, kept)?;
    }
    Ok(page)
}

fn section(page: &mut String, kept: &Kept) -> Result<()> {
    writeln!(page, "\n### {}: {}\n", kept.number, kept.title)?;
    if !kept.report.sides.is_empty() {
        writeln!(page, "| figure | median (range) |\n|---|---|")?;
        for side in &kept.report.sides {
            writeln!(page, "| {} | {} |", side.name, side.shown())?;
        }
        writeln!(page)?;
    }
    for note in &kept.report.notes {
        writeln!(page, "- {note}")?;
    }
    let Kept { number, measured_on, machine, edition, .. } = kept;
    writeln!(page, "- `scripts/bench {number}`, {measured_on}: {machine}; {edition}.")?;
    for text in &kept.report.texts {
        writeln!(page, "\n{}:\n\n```text\n{}\n```", text.title, shortened(text))?;
    }
    Ok(())
}

fn shortened(text: &Text) -> String {
    let mut lines: Vec<String> = text.text.lines().take(SHOWN_LINES).map(cut).collect();
    let all = text.text.lines().count();
    if all > SHOWN_LINES {
        lines.push(format!("… {} more lines in target/bench", all - SHOWN_LINES));
    }
    lines.join("\n")
}

fn cut(line: &str) -> String {
    let cut: String = line.chars().take(SHOWN_CHARACTERS).collect();
    if cut.len() < line.len() { cut.trim_end().to_owned() + "…" } else { cut }
}
