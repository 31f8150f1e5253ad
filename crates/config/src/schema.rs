//! One JSON Schema for pipeline files, for completion and checks in editors.

use schemars::Schema;
use serde_json::{Map, Value, json};

/// A component's part of the schema.
#[derive(Clone, Debug)]
pub struct ComponentSchema {
    /// The name of its tables: `input`, `filter`, …
    pub kind: String,
    /// What stands in `type`.
    pub name: String,
    /// A sentence about it.
    pub summary: String,
    /// The schema of its settings.
    pub schema: Schema,
}

/// A setting that the loader reads for every component of some kinds.
#[derive(Clone, Debug)]
pub struct CommonSetting {
    /// Its key.
    pub name: String,
    /// The kinds that have it.
    pub kinds: Vec<String>,
    /// Its type and description.
    pub schema: Schema,
}

/// Combines the schemas of all components: each kind becomes a list of tables, told apart by
/// `type`. `other` describes the other names at the top level of a file, `presets` are what may
/// stand in place of a type.
#[must_use]
pub fn pipeline_schema(
    components: &[ComponentSchema],
    common: &[CommonSetting],
    other: &[(String, Schema)],
    presets: &[&str],
) -> Value {
    let mut definitions = Map::new();
    let mut choices: Map<String, Value> = Map::new();
    for component in components {
        let id = format!("{}.{}", component.kind, component.name);
        let reference = json!({ "$ref": format!("#/$defs/{id}") });
        match choices.entry(&component.kind).or_insert_with(|| json!([])) {
            Value::Array(list) => list.push(reference),
            _ => unreachable!("every entry of `choices` is made above as a list"),
        }
        let described = describe(component, common, &id, &mut definitions);
        definitions.insert(id, described);
    }
    for (kind, list) in &mut choices {
        list.as_array_mut().into_iter().for_each(|list| list.extend(of_preset(kind, presets)));
    }
    let mut properties: Map<String, Value> = choices
        .into_iter()
        .map(|(kind, one_of)| (kind, json!({ "type": "array", "items": { "oneOf": one_of } })))
        .collect();
    for (name, schema) in other {
        let mut schema = schema.clone().to_value();
        adopt_definitions(&mut schema, name, &mut definitions);
        properties.insert(name.clone(), schema);
    }
    properties.insert("preset".to_owned(), json!({ "enum": presets }));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "weir pipeline",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "$defs": definitions,
    })
}

/// A table with a preset in place of a type: an input overrides what it likes, a filter nothing.
fn of_preset(kind: &str, presets: &[&str]) -> Option<Value> {
    let preset = json!({ "enum": presets });
    match kind {
        "input" => Some(json!({
            "type": "object",
            "properties": { "preset": preset },
            "not": { "required": ["type"] },
        })),
        "filter" => Some(json!({
            "type": "object",
            "properties": {
                "preset": preset,
                "name": { "type": "string" },
                "when": { "type": "string" },
            },
            "required": ["preset"],
            "additionalProperties": false,
        })),
        _ => None,
    }
}

/// A component's own schema with `type` and the common settings before its own.
fn describe(
    component: &ComponentSchema,
    common: &[CommonSetting],
    id: &str,
    definitions: &mut Map<String, Value>,
) -> Value {
    let mut schema = component.schema.clone().to_value();
    adopt_definitions(&mut schema, id, definitions);
    let Value::Object(mut object) = schema else { return json!({}) };
    let mut properties = Map::new();
    properties.insert(
        "type".to_owned(),
        json!({ "const": component.name, "description": component.summary }),
    );
    for setting in common.iter().filter(|setting| setting.kinds.contains(&component.kind)) {
        properties.insert(setting.name.clone(), setting.schema.clone().to_value());
    }
    if let Some(Value::Object(own)) = object.remove("properties") {
        properties.extend(own);
    }
    let mut required = vec![json!("type")];
    if let Some(Value::Array(own)) = object.remove("required") {
        required.extend(own);
    }
    object.insert("type".to_owned(), json!("object"));
    object.insert("title".to_owned(), json!(component.name));
    object.insert("description".to_owned(), json!(component.summary));
    object.insert("properties".to_owned(), Value::Object(properties));
    object.insert("required".to_owned(), Value::Array(required));
    Value::Object(object)
}

/// Moves a schema's `$defs` to the common ones under names of their own.
fn adopt_definitions(schema: &mut Value, owner: &str, definitions: &mut Map<String, Value>) {
    let Some(object) = schema.as_object_mut() else { return };
    object.remove("$schema");
    let own = object.remove("$defs");
    rename_references(schema, owner);
    if let Some(Value::Object(own)) = own {
        for (name, mut definition) in own {
            rename_references(&mut definition, owner);
            definitions.insert(format!("{owner}.{name}"), definition);
        }
    }
}

fn rename_references(schema: &mut Value, owner: &str) {
    match schema {
        Value::Object(object) => {
            for (key, value) in object {
                match value {
                    Value::String(target) if key == "$ref" => {
                        if let Some(name) = target.strip_prefix("#/$defs/") {
                            *target = format!("#/$defs/{owner}.{name}");
                        }
                    }
                    other => rename_references(other, owner),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename_references(item, owner)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use insta::assert_snapshot;
    use schemars::{JsonSchema, json_schema, schema_for};

    use super::*;

    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct File {
        /// What to read.
        path: String,
        tls: Option<Tls>,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct Tls {
        ca: Option<Box<Tls>>,
    }

    fn combined() -> Value {
        let component = |kind: &str| ComponentSchema {
            kind: kind.to_owned(),
            name: "file".to_owned(),
            summary: format!("The file {kind}."),
            schema: schema_for!(File),
        };
        let when = CommonSetting {
            name: "when".to_owned(),
            kinds: vec!["output".to_owned()],
            schema: json_schema!({ "type": "string", "description": "Only these events." }),
        };
        let other = vec![("pipeline".to_owned(), json_schema!({ "type": "object" }))];
        pipeline_schema(
            &[component("input"), component("output")],
            &[when],
            &other,
            &["nginx.access"],
        )
    }

    #[test]
    fn components_are_told_apart_by_type() {
        let schema = combined();
        assert_snapshot!(serde_json::to_string_pretty(&schema["properties"]).unwrap(), @r##"
    {
      "input": {
        "type": "array",
        "items": {
          "oneOf": [
            {
              "$ref": "#/$defs/input.file"
            },
            {
              "type": "object",
              "properties": {
                "preset": {
                  "enum": [
                    "nginx.access"
                  ]
                }
              },
              "not": {
                "required": [
                  "type"
                ]
              }
            }
          ]
        }
      },
      "output": {
        "type": "array",
        "items": {
          "oneOf": [
            {
              "$ref": "#/$defs/output.file"
            }
          ]
        }
      },
      "pipeline": {
        "type": "object"
      },
      "preset": {
        "enum": [
          "nginx.access"
        ]
      }
    }
    "##);
        assert_snapshot!(
            serde_json::to_string_pretty(&schema["$defs"]["output.file"]).unwrap(), @r##"
    {
      "type": "object",
      "additionalProperties": false,
      "title": "file",
      "description": "The file output.",
      "properties": {
        "type": {
          "const": "file",
          "description": "The file output."
        },
        "when": {
          "type": "string",
          "description": "Only these events."
        },
        "path": {
          "type": "string",
          "description": "What to read."
        },
        "tls": {
          "anyOf": [
            {
              "$ref": "#/$defs/output.file.Tls"
            },
            {
              "type": "null"
            }
          ]
        }
      },
      "required": [
        "type",
        "path"
      ]
    }
    "##
        );
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn check(root: &Value, schema: &Value) -> usize {
            match schema {
                Value::Object(object) => {
                    let own = object.get("$ref").and_then(Value::as_str).map_or(0, |target| {
                        assert!(root.pointer(&target[1..]).is_some(), "{target}");
                        1
                    });
                    own + object.values().map(|value| check(root, value)).sum::<usize>()
                }
                Value::Array(items) => items.iter().map(|item| check(root, item)).sum(),
                _ => 0,
            }
        }
        let schema = combined();
        assert_eq!(check(&schema, &schema), 6);
    }
}
