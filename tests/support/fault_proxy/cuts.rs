//! Cuts of a connection, around the statement that stores events and its commit.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard};

use super::frames::Frame;

/// Where a connection is cut: both ends of it, at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Point {
    InsideParse,
    AfterParse,
    BeforeBind,
    InsideBind,
    AfterBind,
    InsideExecute,
    /// The statement runs, and is never committed.
    AfterExecute,
    InsideSync,
    /// Nobody waits for what becomes of it.
    AfterSync,
    /// It is committed, and nothing of the answer gets through.
    Committed,
    InsideBindComplete,
    AfterBindComplete,
    InsideRow,
    AfterRow,
    InsideCommandComplete,
    AfterCommandComplete,
    InsideReady,
    AfterReady,
}

impl Point {
    pub const ALL: [Self; 18] = [
        Self::InsideParse,
        Self::AfterParse,
        Self::BeforeBind,
        Self::InsideBind,
        Self::AfterBind,
        Self::InsideExecute,
        Self::AfterExecute,
        Self::InsideSync,
        Self::AfterSync,
        Self::Committed,
        Self::InsideBindComplete,
        Self::AfterBindComplete,
        Self::InsideRow,
        Self::AfterRow,
        Self::InsideCommandComplete,
        Self::AfterCommandComplete,
        Self::InsideReady,
        Self::AfterReady,
    ];

    /// The message, and how much of it is let through.
    fn place(self) -> (Direction, u8, Share) {
        use Direction::{ToClient, ToServer};
        match self {
            Self::InsideParse => (ToServer, b'P', Share::Half),
            Self::AfterParse => (ToServer, b'P', Share::Whole),
            Self::BeforeBind => (ToServer, b'B', Share::Nothing),
            Self::InsideBind => (ToServer, b'B', Share::Half),
            Self::AfterBind => (ToServer, b'B', Share::Whole),
            Self::InsideExecute => (ToServer, b'E', Share::Half),
            Self::AfterExecute => (ToServer, b'E', Share::Whole),
            Self::InsideSync => (ToServer, b'S', Share::Half),
            Self::AfterSync => (ToServer, b'S', Share::Whole),
            Self::Committed => (ToClient, b'Z', Share::Nothing),
            Self::InsideBindComplete => (ToClient, b'2', Share::Half),
            Self::AfterBindComplete => (ToClient, b'2', Share::Whole),
            Self::InsideRow => (ToClient, b'D', Share::Half),
            Self::AfterRow => (ToClient, b'D', Share::Whole),
            Self::InsideCommandComplete => (ToClient, b'C', Share::Half),
            Self::AfterCommandComplete => (ToClient, b'C', Share::Whole),
            Self::InsideReady => (ToClient, b'Z', Share::Half),
            Self::AfterReady => (ToClient, b'Z', Share::Whole),
        }
    }
}

#[derive(Clone, Copy)]
enum Share {
    Nothing,
    Half,
    Whole,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    ToServer,
    ToClient,
}

pub(super) enum Act {
    Forward,
    Hold,
    Cut { after_bytes: usize },
}

/// The cuts that are to come, and those that were made.
#[derive(Default)]
pub struct Cuts {
    planned: Mutex<VecDeque<Point>>,
    made: Mutex<BTreeMap<Point, usize>>,
}

impl Cuts {
    /// Cuts the next connection that comes to a point, after the cuts that were planned before.
    pub fn plan(&self, point: Point) {
        locked(&self.planned).push_back(point);
    }

    /// Cuts that no connection has come to yet.
    pub fn planned(&self) -> usize {
        locked(&self.planned).len()
    }

    /// How often each point was hit.
    pub fn made(&self) -> BTreeMap<Point, usize> {
        locked(&self.made).clone()
    }
}

/// What is known of one connection.
pub(super) struct Watch<'a> {
    cuts: &'a Cuts,
    storing: Mutex<Storing>,
}

#[derive(Default)]
struct Storing {
    /// Names of prepared statements that store events.
    statements: HashSet<Vec<u8>>,
    /// From the Bind of such a statement to the end of its answer.
    is_under_way: bool,
    /// From its Sync on.
    is_sent: bool,
}

impl<'a> Watch<'a> {
    pub(super) fn of(cuts: &'a Cuts) -> Self {
        Self { cuts, storing: Mutex::default() }
    }

    pub(super) fn act(&self, direction: Direction, frame: &Frame) -> Act {
        if !locked(&self.storing).concerns(direction, frame) {
            return Act::Forward;
        }
        let mut planned = locked(&self.cuts.planned);
        let Some(&point) = planned.front() else { return Act::Forward };
        let (cut_direction, tag, share) = point.place();
        if (cut_direction, tag) != (direction, frame.tag) {
            let is_held = point == Point::Committed && direction == Direction::ToClient;
            return if is_held { Act::Hold } else { Act::Forward };
        }
        planned.pop_front();
        *locked(&self.cuts.made).entry(point).or_default() += 1;
        let length = frame.bytes.len();
        let after_bytes = match share {
            Share::Nothing => 0,
            Share::Half => length / 2,
            Share::Whole => length,
        };
        Act::Cut { after_bytes }
    }
}

impl Storing {
    /// Whether a message is part of storing events.
    fn concerns(&mut self, direction: Direction, frame: &Frame) -> bool {
        match (direction, frame.tag) {
            (Direction::ToServer, b'P') => {
                let mut texts = frame.texts();
                let (name, text) = (texts.next().unwrap(), texts.next().unwrap());
                let is_storing = String::from_utf8_lossy(text).contains("from store_events(");
                is_storing && self.statements.insert(name.to_vec())
            }
            (Direction::ToServer, b'B') => {
                // The name of the portal comes first.
                self.is_under_way = self.statements.contains(frame.texts().nth(1).unwrap());
                self.is_sent = false;
                self.is_under_way
            }
            (Direction::ToServer, tag) => {
                self.is_sent |= tag == b'S';
                self.is_under_way
            }
            (Direction::ToClient, tag) => {
                let concerns = self.is_under_way && self.is_sent;
                if tag == b'Z' && concerns {
                    self.is_under_way = false;
                }
                concerns
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}
