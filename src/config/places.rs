//! Where in the text each setting is written: by its dotted name, the line. Knows nothing of what settings mean.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

/// The lines of all settings, counted from 1; none when the text is not TOML.
pub fn places(text: &str) -> BTreeMap<String, usize> {
    let mut places = BTreeMap::new();
    if let Ok(table) = DeTable::parse(text) {
        collect(text, "", table.get_ref(), &mut places);
    }
    places
}

fn collect(text: &str, above: &str, table: &DeTable<'_>, places: &mut BTreeMap<String, usize>) {
    for (key, value) in table {
        let name = if above.is_empty() {
            key.get_ref().to_string()
        } else {
            format!("{above}.{}", key.get_ref())
        };
        let before = text.get(..key.span().start).unwrap_or_default();
        places.insert(name.clone(), before.matches('\n').count().saturating_add(1));
        if let DeValue::Table(below) = value.get_ref() {
            collect(text, &name, below, places);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_its_line() {
        let text = "glyphs = \"ascii\"\n\n[contexts.\"prod.eu\"]\nread_only = true\n[keys]\nquit = \"x\"\n";
        let found = places(text);
        for (name, line) in [
            ("glyphs", 1),
            ("contexts.prod.eu", 3),
            ("contexts.prod.eu.read_only", 4),
            ("keys.quit", 6),
        ] {
            assert_eq!(found.get(name), Some(&line), "{name}: {found:?}");
        }
        assert!(places("not = ").is_empty());
    }
}
