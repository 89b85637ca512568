//! Namespaces that are copies of a log: entries are applied in the log's order, each exactly once, since the position in the log
//! changes in the same transaction as the values.

use redb::{ReadableDatabase as _, ReadableTable as _, TableDefinition, WriteTransaction};

use crate::database::{
    Change, StoreDatabase, StoreError, USAGE, VALUES, make_changes, try_changes,
};

/// The position of each copy: the sequence number of an entry, and its id.
const POSITIONS: TableDefinition<'_, &str, (u64, [u8; 16])> = TableDefinition::new("positions");

/// Where in its log a copy is: the last entry that it holds. The default is before the first one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The entry's sequence number in the log.
    pub sequence: u64,
    /// The entry's id.
    pub entry: [u8; 16],
}

fn position(writing: &WriteTransaction, namespace: &str) -> Result<Position, StoreError> {
    let table = writing.open_table(POSITIONS)?;
    let found = table.get(namespace)?;
    Ok(found.map_or_else(Position::default, |it| {
        let (sequence, entry) = it.value();
        Position { sequence, entry }
    }))
}

fn set_position(
    writing: &WriteTransaction,
    namespace: &str,
    to: Position,
) -> Result<(), StoreError> {
    let mut table = writing.open_table(POSITIONS)?;
    table.insert(namespace, (to.sequence, to.entry))?;
    Ok(())
}

fn clear(writing: &WriteTransaction, namespace: &str) -> Result<(), StoreError> {
    let mut values = writing.open_table(VALUES)?;
    // Namespaces are neighbours: nothing behind this one is touched.
    let mut keys = Vec::new();
    for found in values.range((namespace, "")..)? {
        let (place, _) = found?;
        let (space, key) = place.value();
        if space != namespace {
            break;
        }
        keys.push(key.to_owned());
    }
    for key in keys {
        values.remove((namespace, key.as_str()))?;
    }
    writing.open_table(USAGE)?.remove(namespace)?;
    Ok(())
}

impl StoreDatabase {
    /// Returns where in its log a copy is. Blocks, as all of these functions.
    ///
    /// # Errors
    /// [`StoreError::Busy`] or [`StoreError::Database`].
    pub fn position(&self, namespace: &str) -> Result<Position, StoreError> {
        let reading = self.database()?.begin_read()?;
        let table = match reading.open_table(POSITIONS) {
            Ok(table) => table,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Position::default()),
            Err(error) => return Err(error.into()),
        };
        Ok(table.get(namespace)?.map_or_else(Position::default, |it| {
            let (sequence, entry) = it.value();
            Position { sequence, entry }
        }))
    }

    /// Returns what [`StoreDatabase::apply`] would, and changes nothing.
    ///
    /// # Errors
    /// As [`StoreDatabase::apply`].
    pub fn rehearse(
        &self,
        namespace: &str,
        most: u64,
        expected: &[Change],
        changes: &[Change],
    ) -> Result<Option<Vec<bool>>, StoreError> {
        let writing = self.database()?.begin_write()?;
        let before = try_changes(&writing, namespace, most, expected, changes);
        writing.abort()?;
        before
    }

    /// Makes the changes of the entry at `to`, which comes after that at `from`. Returns for each change whether the key existed
    /// before it, or none when the copy is not at `from`; nothing has changed then.
    ///
    /// # Errors
    /// [`StoreError::Busy`] or [`StoreError::Database`]; nothing has changed then.
    pub fn follow(
        &self,
        namespace: &str,
        from: Position,
        to: Position,
        changes: &[Change],
    ) -> Result<Option<Vec<bool>>, StoreError> {
        let writing = self.database()?.begin_write()?;
        if position(&writing, namespace)? != from {
            writing.abort()?;
            return Ok(None);
        }
        let (before, _) = make_changes(&writing, namespace, changes)?;
        set_position(&writing, namespace, to)?;
        writing.commit()?;
        Ok(Some(before))
    }

    /// Replaces all that a copy holds by `content`, which is all that the log holds up to `to`.
    ///
    /// # Errors
    /// [`StoreError::Busy`] or [`StoreError::Database`]; nothing has changed then.
    pub fn replace(
        &self,
        namespace: &str,
        to: Position,
        content: &[Change],
    ) -> Result<(), StoreError> {
        let writing = self.database()?.begin_write()?;
        clear(&writing, namespace)?;
        make_changes(&writing, namespace, content)?;
        set_position(&writing, namespace, to)?;
        writing.commit()?;
        Ok(())
    }

    /// Removes a copy, so that it can be made anew from its log.
    ///
    /// # Errors
    /// [`StoreError::Busy`] or [`StoreError::Database`]; nothing has changed then.
    pub fn forget(&self, namespace: &str) -> Result<(), StoreError> {
        let writing = self.database()?.begin_write()?;
        clear(&writing, namespace)?;
        writing.open_table(POSITIONS)?.remove(namespace)?;
        writing.commit()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(key: &str, value: &str) -> Change {
        (key.to_owned(), Some(value.as_bytes().to_vec()))
    }

    fn at(sequence: u64) -> Position {
        Position {
            sequence,
            entry: [u8::try_from(sequence).unwrap(); 16],
        }
    }

    fn content(store: &StoreDatabase, namespace: &str) -> String {
        let mut all = Vec::new();
        let mut take = |key: &str, value: &[u8]| {
            all.push(format!("{key}={}", String::from_utf8_lossy(value)));
            false
        };
        store.each(namespace, "", None, &mut take).unwrap();
        all.join(" ")
    }

    #[test]
    fn entries_are_applied_once_and_in_order() {
        let directory = tempfile::tempdir().unwrap();
        let store = StoreDatabase::new(Some(directory.path()));
        assert_eq!(store.position("n").unwrap(), Position::default());
        let changes = [set("a", "1"), set("b", "2")];
        let done = store
            .follow("n", Position::default(), at(3), &changes)
            .unwrap();
        assert_eq!(done, Some(vec![false, false]));
        // Once more, and with a gap.
        let again = store.follow("n", Position::default(), at(3), &changes);
        assert_eq!(again.unwrap(), None);
        assert_eq!(
            store.follow("n", at(4), at(5), &[set("c", "3")]).unwrap(),
            None
        );
        let mut other = at(3);
        other.entry = [9; 16];
        assert_eq!(
            store.follow("n", other, at(5), &[set("c", "3")]).unwrap(),
            None
        );
        let done = store
            .follow("n", at(3), at(7), &[("a".to_owned(), None)])
            .unwrap();
        assert_eq!(done, Some(vec![true]));
        assert_eq!(content(&store, "n"), "b=2");
        assert_eq!(
            (store.position("n").unwrap(), store.usage("n").unwrap().keys),
            (at(7), 1)
        );
    }

    #[test]
    fn a_rehearsal_changes_nothing() {
        let store = StoreDatabase::new(None);
        store.apply("n", 100, &[], &[set("a", "1")]).unwrap();
        let try_it =
            |expected: &[Change], changes: &[Change]| store.rehearse("n", 10, expected, changes);
        assert_eq!(try_it(&[], &[set("a", "2")]).unwrap(), Some(vec![true]));
        assert_eq!(try_it(&[set("a", "2")], &[]).unwrap(), None);
        let large = try_it(&[], &[set("b", "0123456789")]);
        assert!(matches!(
            large,
            Err(StoreError::TooLarge {
                bytes: 13,
                most: 10
            })
        ));
        assert_eq!(content(&store, "n"), "a=1");
    }

    #[test]
    fn a_summary_replaces_its_namespace_and_no_other() {
        let store = StoreDatabase::new(None);
        for namespace in ["m", "n", "n/", "o"] {
            store
                .apply(namespace, 100, &[], &[set("a", "1"), set("b", "2")])
                .unwrap();
        }
        store.replace("n", at(9), &[set("c", "3")]).unwrap();
        assert_eq!(content(&store, "n"), "c=3");
        assert_eq!(store.usage("n").unwrap().bytes, 2);
        assert_eq!(store.position("n").unwrap(), at(9));
        store.forget("n").unwrap();
        assert_eq!(
            (content(&store, "n"), store.position("n").unwrap()),
            (String::new(), Position::default())
        );
        for namespace in ["m", "n/", "o"] {
            assert_eq!(content(&store, namespace), "a=1 b=2");
        }
    }
}
