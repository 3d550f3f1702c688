//! The properties that `scripts/fuzz` tries with millions of inputs, on the corpus of each target and on what is like it.

#[path = "../../fuzz/targets/mod.rs"]
mod targets;

use std::path::{Path, PathBuf};

use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};

use crate::support::reliability::{Figures, planned};

const MOST_FILES: usize = 30;
const MOST_BYTES: usize = 4096;

/// A change of an input: where, how many bytes go, which come.
type Change = (Index, u8, Vec<u8>);

#[test]
fn corpora_and_what_is_like_them_keep_the_properties() {
    let cases = planned(1_500, 100_000);
    let mut files = 0;
    for (name, run) in targets::ALL {
        let corpus = corpus(name);
        files += corpus.len();
        for (path, input) in &corpus {
            assert!(std::panic::catch_unwind(|| run(input)).is_ok(), "{} fails", path.display());
        }
        let inputs = || (any::<Index>(), vec(any::<Change>(), 0..5));
        let changed = inputs().prop_map(|(file, changes)| changed(&file.get(&corpus).1, &changes));
        let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
        runner
            .run(&changed, |input| {
                run(&input);
                Ok(())
            })
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let (cases, targets) = (usize::try_from(cases).unwrap(), targets::ALL.len());
    Figures::of(11, "fuzz_corpus", "fuzz targets on their corpora and on what is like them")
        .count(cases * targets, cases * targets, "inputs")
        .measured(format!("{files} files"))
        .record_without_database();
}

/// The files of a target, which stay few and small.
fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = paths.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect();
    files.sort();
    assert!((1..=MOST_FILES).contains(&files.len()), "{name} has {} files", files.len());
    let large = files.iter().find(|(_, input)| input.len() > MOST_BYTES);
    assert!(large.is_none(), "{large:?} is too large");
    files
}

fn changed(input: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut input = input.to_vec();
    for (place, gone, come) in changes {
        let from = place.index(input.len() + 1);
        let to = (from + usize::from(gone % 8)).min(input.len());
        input.splice(from..to, come.iter().take(8).copied());
    }
    input
}
