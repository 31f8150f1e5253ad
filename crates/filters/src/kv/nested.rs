//! Pairs in the values of pairs: `peer=(addr=192.0.2.1 port=22)`.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use weir_component::FilterError;
use weir_event::{Key, Value};
use xxhash_rust::xxh3::xxh3_128;

use super::{KvReader, Names};
use crate::found::{FIELDS_MAX, Harvest, Name};

/// How deep pairs in values are read. Every level reads its text again, so that without a limit a
/// text of separators alone would be read as often as it is long.
const DEPTH_MAX: usize = 16;

/// The pairs of a text, each name once.
#[derive(Default)]
struct Tree {
    names: Vec<(String, Vec<Node>)>,
    places: HashMap<String, usize>,
    /// Hashes of the texts given so far, where each counts once.
    seen: HashSet<(usize, u128)>,
}

enum Node {
    Text(Vec<u8>),
    Pairs(Tree),
}

impl KvReader {
    /// Reads pairs, and those in their values, and puts them as fields.
    pub(super) fn read_nested(
        &self,
        text: &[u8],
        names: &Names<'_>,
        harvest: &mut Harvest,
    ) -> Result<(), FilterError> {
        let mut pairs = 0;
        let tree = self.tree(text, names, DEPTH_MAX, &mut pairs)?;
        put(tree, self.target, harvest);
        Ok(())
    }

    fn tree(
        &self,
        text: &[u8],
        names: &Names<'_>,
        depth: usize,
        pairs: &mut usize,
    ) -> Result<Tree, FilterError> {
        let mut tree = Tree::default();
        if depth == 0 {
            return Ok(tree);
        }
        self.splits.scan(text, self.has_brackets, |name, value| {
            *pairs += 1;
            if *pairs > FIELDS_MAX {
                return Err(self.too_many());
            }
            if value.is_empty() && !self.has_empty_values {
                return Ok(());
            }
            let Some(name) = names.name(&text[name]) else { return Ok(()) };
            let mut changed = Vec::new();
            self.values.write(&text[value], &mut changed);
            let place = tree.place(name);
            if !self.has_duplicates && !tree.seen.insert((place, xxh3_128(&changed))) {
                return Ok(());
            }
            let inner = self.tree(&changed, names, depth - 1, pairs)?;
            let is_plain = inner.names.is_empty();
            tree.names[place].1.push(if is_plain {
                Node::Text(changed)
            } else {
                Node::Pairs(inner)
            });
            Ok(())
        })?;
        Ok(tree)
    }
}

impl Tree {
    fn place(&mut self, name: String) -> usize {
        match self.places.entry(name) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                self.names.push((new.key().clone(), Vec::new()));
                *new.insert(self.names.len() - 1)
            }
        }
    }
}

/// Puts the pairs as fields below `above`. What has several values becomes a list.
fn put(tree: Tree, above: Option<Key>, harvest: &mut Harvest) {
    for (name, mut nodes) in tree.names {
        let field = Name::of(above, &name);
        let place = harvest.place(field);
        if let (Name::Field(key), [Node::Pairs(_)]) = (field, &*nodes)
            && let Some(Node::Pairs(inner)) = nodes.pop()
        {
            put(inner, Some(key), harvest);
            continue;
        }
        for node in nodes {
            let value = node.value(harvest);
            harvest.put(place, name.as_bytes(), value);
        }
    }
}

impl Node {
    fn value(self, harvest: &mut Harvest) -> Value {
        let tree = match self {
            Self::Text(text) => return Value::Text(harvest.keep(&text)),
            Self::Pairs(tree) => tree,
        };
        let entries = tree.names.into_iter().map(|(name, nodes)| {
            let name = harvest.keep(name.as_bytes());
            let mut values: Vec<Value> = nodes.into_iter().map(|it| it.value(harvest)).collect();
            let value =
                if values.len() == 1 { values.remove(0) } else { Value::List(values.into()) };
            (name, value)
        });
        Value::Map(entries.collect())
    }
}
