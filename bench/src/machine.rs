//! What it ran on, as Linux says it.

use std::fs;

use crate::Result;

/// Cores, memory and kernel in a sentence.
///
/// # Errors
/// When `/proc` cannot be read.
pub fn describe() -> Result<String> {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo")?;
    let cores = cpuinfo.lines().filter(|line| line.starts_with("processor")).count();
    let model = value(&cpuinfo, "model name").unwrap_or("processor of unknown model");
    let kib: u64 = value(&fs::read_to_string("/proc/meminfo")?, "MemTotal")
        .and_then(|text| text.split_whitespace().next())
        .ok_or("no MemTotal")?
        .parse()?;
    let version = fs::read_to_string("/proc/version")?;
    let kernel = version.split_whitespace().take(3).collect::<Vec<_>>().join(" ").replace(" version", "");
    Ok(format!("{cores} cores ({model}), {} GiB of memory, {kernel}", (kib + 524_288) / 1_048_576))
}

fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim())
}
