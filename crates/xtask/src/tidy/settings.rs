//! Settings of components refuse keys that they do not know.

use super::Finding;
use super::tree::TextFile;

pub(super) fn findings(file: &TextFile) -> Vec<Finding> {
    if file.is_test() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (number, line) in file.product_lines() {
        let Some(name) = line.strip_prefix("impl Configure for ") else { continue };
        let name = name.trim_end_matches([' ', '{', '}']);
        if !refuses_unknown_keys(file, name) {
            let message = format!("`{name}` needs `#[serde(deny_unknown_fields)]`");
            found.push(Finding::new(&file.path, number, message));
        }
    }
    found
}

/// Looks at the attributes right above the struct.
fn refuses_unknown_keys(file: &TextFile, name: &str) -> bool {
    let lines: Vec<&str> = file.text.lines().collect();
    let is_struct = |line: &&str| {
        let mut words = line.split([' ', '<', ';', '{']);
        words.any(|word| word == "struct") && words.next() == Some(name)
    };
    let Some(at) = lines.iter().position(is_struct) else { return false };
    let above = lines[..at].iter().rev();
    let mut attributes = above.take_while(|line| !line.is_empty() && !line.starts_with("///"));
    attributes.any(|line| line.contains("deny_unknown_fields"))
}

#[cfg(test)]
mod tests {
    use super::super::found_in;
    use super::*;

    #[test]
    fn settings_that_take_any_key_are_found() {
        let text = "/// deny_unknown_fields\n#[derive(Debug)]\nstruct Grok {}\n\n\
                    impl Configure for Grok {}\n";
        let wanted = ["5: `Grok` needs `#[serde(deny_unknown_fields)]`"];
        assert_eq!(found_in("src/a.rs", text, findings), wanted);
    }

    #[test]
    fn settings_that_refuse_unknown_keys_are_fine() {
        let text = "#[derive(Debug)]\n#[serde(deny_unknown_fields, default)]\n\
                    pub(crate) struct Grok;\nimpl Configure for Grok {\n}\n";
        assert!(found_in("src/a.rs", text, findings).is_empty());
    }
}
