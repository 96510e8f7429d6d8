//! What a mapping wants of a document, as a trie compiled once.

use std::collections::BTreeSet;

/// How strictly shapes are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Our own order: an array is an array.
    Order,
    /// A counterpart's document: where a list is wanted, a single value that is not null is a list of one.
    Reply,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// A member of an object.
    Name(Box<str>),
    /// An element of a list, from 0, or from -1 backwards.
    Index(i64),
    /// Every element of a list.
    Each,
}

/// Which rows of a list are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pick {
    /// The one at this place, from 0, or from -1 backwards.
    Index(i64),
    /// All.
    All,
}

/// From a row to rows of a list in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hop {
    /// The slot that holds the list's rows.
    pub slot: u32,
    /// Which of them.
    pub pick: Pick,
}

/// The way from a row of a frame to a slot: through rows of lists, then the slot of the last one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Access {
    /// Through which rows.
    pub hops: Box<[Hop]>,
    /// The slot in the row arrived at.
    pub slot: u32,
}

/// A place that further paths start from: the root, an element of a list, or something inside these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameId(u32);

impl FrameId {
    /// The document itself.
    pub const ROOT: Self = Self(0);
}

/// Gathers what is wanted.
#[derive(Debug)]
pub struct PlanBuilder {
    mode: Mode,
    nodes: Vec<Node>,
    widths: Vec<u32>,
}

/// What is wanted, frozen.
#[derive(Debug)]
pub struct Plan {
    pub(super) mode: Mode,
    pub(super) nodes: Box<[Node]>,
    pub(super) root_width: u32,
}

#[derive(Debug)]
pub(super) struct Node {
    /// The slot of the node's own text; 0, the link to the next row, stands for none.
    pub(super) slot: u32,
    pub(super) members: Vec<Member>,
    pub(super) rows: Option<Rows>,
    pub(super) closed: Option<Closed>,
    section: u32,
    place: String,
}

#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: Box<str>,
    pub(super) node: u32,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Rows {
    pub(super) slot: u32,
    pub(super) element: u32,
    pub(super) width: u32,
    section: u32,
}

#[derive(Debug)]
pub(super) struct Closed {
    pub(super) known: BTreeSet<Box<str>>,
    /// The object's place in words of the paths, `shipment.parcels[]`.
    pub(super) place: Box<str>,
}

impl PlanBuilder {
    /// An empty plan.
    #[must_use]
    pub fn new(mode: Mode) -> Self {
        Self { mode, nodes: vec![Node::new(0, String::new())], widths: vec![1] }
    }

    /// How it is read.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Wants the value at `steps`, as its own JSON text.
    pub fn access(&mut self, frame: FrameId, steps: &[Step]) -> Access {
        let (hops, place) = self.scope(frame, steps);
        let node = place.0 as usize;
        if self.nodes[node].slot == 0 {
            self.nodes[node].slot = self.new_slot(self.nodes[node].section);
        }
        Access { hops, slot: self.nodes[node].slot }
    }

    /// Wants the elements of the list at `steps` (without a last [`Step::Each`]): where its rows are, and the frame of one.
    pub fn rows(&mut self, frame: FrameId, steps: &[Step]) -> (Access, FrameId) {
        let (hops, place) = self.scope(frame, steps);
        let rows = self.rows_of(place.0);
        (Access { hops, slot: rows.slot }, FrameId(rows.element))
    }

    /// The places at `steps` as a frame, and the hops that lead from a row of `frame` to their rows. Without hops they
    /// lie in the row itself.
    pub fn scope(&mut self, frame: FrameId, steps: &[Step]) -> (Box<[Hop]>, FrameId) {
        let mut hops = Vec::new();
        let mut node = frame.0;
        for step in steps {
            let pick = match step {
                Step::Name(name) => {
                    node = self.member_of(node, name);
                    continue;
                }
                Step::Index(index) => Pick::Index(*index),
                Step::Each => Pick::All,
            };
            let rows = self.rows_of(node);
            hops.push(Hop { slot: rows.slot, pick });
            node = rows.element;
        }
        (hops.into(), FrameId(node))
    }

    /// Reports members of the objects at `steps` that are neither `known` nor wanted by a path.
    pub fn closed(&mut self, frame: FrameId, steps: &[Step], known: &[&str]) {
        let (_, place) = self.scope(frame, steps);
        let node = &mut self.nodes[place.0 as usize];
        let place = node.place.as_str().into();
        let closed = node.closed.get_or_insert_with(|| Closed { known: BTreeSet::new(), place });
        closed.known.extend(known.iter().map(|name| Box::from(*name)));
    }

    /// Freezes it.
    #[must_use]
    pub fn build(mut self) -> Plan {
        for node in &mut self.nodes {
            if let Some(rows) = &mut node.rows {
                rows.width = self.widths[rows.section as usize];
            }
        }
        Plan { mode: self.mode, nodes: self.nodes.into(), root_width: self.widths[0] }
    }

    fn member_of(&mut self, node: u32, name: &str) -> u32 {
        let parent = &self.nodes[node as usize];
        if let Some(member) = parent.members.iter().find(|member| &*member.name == name) {
            return member.node;
        }
        let separator = if parent.place.is_empty() { "" } else { "." };
        let child = Node::new(parent.section, format!("{}{separator}{name}", parent.place));
        let id = self.add(child);
        self.nodes[node as usize].members.push(Member { name: name.into(), node: id });
        id
    }

    fn rows_of(&mut self, node: u32) -> Rows {
        if let Some(rows) = self.nodes[node as usize].rows {
            return rows;
        }
        let section = self.widths.len() as u32;
        self.widths.push(1);
        let parent = &self.nodes[node as usize];
        let (parent_section, place) = (parent.section, format!("{}[]", parent.place));
        let element = self.add(Node::new(section, place));
        let rows = Rows { slot: self.new_slot(parent_section), element, width: 0, section };
        self.nodes[node as usize].rows = Some(rows);
        rows
    }

    fn add(&mut self, node: Node) -> u32 {
        self.nodes.push(node);
        (self.nodes.len() - 1) as u32
    }

    fn new_slot(&mut self, section: u32) -> u32 {
        let width = &mut self.widths[section as usize];
        *width += 1;
        *width - 1
    }
}

impl Plan {
    /// The places that are wanted, `shipment.parcels[].weight`; lists by themselves only where nothing in them is.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        let bare = |node: &Node| {
            node.rows.is_some_and(|rows| {
                let element = &self.nodes[rows.element as usize];
                element.slot == 0 && element.members.is_empty() && element.rows.is_none()
            })
        };
        self.nodes.iter().filter(move |node| node.slot != 0 || bare(node)).map(|node| node.place.as_str())
    }
}

impl Node {
    fn new(section: u32, place: String) -> Self {
        Self { slot: 0, members: Vec::new(), rows: None, closed: None, section, place }
    }
}
