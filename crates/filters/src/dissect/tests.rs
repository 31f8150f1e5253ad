use weir_config::Complaint;

use super::*;

fn compile(text: &str) -> Result<Pattern, Complaint> {
    Pattern::try_from(text.to_owned())
}

#[test]
fn patterns_that_cannot_work_are_refused() {
    for (text, title) in [
        ("", "the pattern has no field"),
        ("no field", "the pattern has no field"),
        ("%{a", "a field in this pattern has no closing brace"),
        ("%{a}%{b}", "nothing stands between two fields"),
        ("%{&+a} %{a}", "`&+` does not go together"),
        ("%{+a/x}", "`x` is no place in an order"),
        ("%{a|intger}", "there is no type `intger`"),
        ("%{+a|integer}", "only a whole field can be converted"),
        ("%{&k}", "nothing names the field of `&k`"),
        ("%{*k}", "`*k` names a field that has no value"),
        ("%{a..b}", "`a..b` has an empty part"),
        ("%{@timestamp}", "`@timestamp` takes a time, not a text"),
    ] {
        let title_given = compile(text).map_err(|complaint| complaint.title().to_owned());
        assert_eq!(title_given.err().as_deref(), Some(title), "{text}");
    }
}

#[test]
fn blanks_are_cut_off_where_asked() {
    for (trim, wanted) in
        [(Trim::None, (0, 4)), (Trim::Left, (1, 4)), (Trim::Right, (0, 2)), (Trim::Both, (1, 2))]
    {
        assert_eq!(trim.bounds(b" a  "), wanted, "{trim:?}");
        let (start, end) = trim.bounds(b"   ");
        assert!(start <= end && end <= 3, "{trim:?}");
    }
}

#[test]
fn repeated_delimiters_are_measured_whole() {
    let end = syntax::End::at("--");
    assert_eq!(end.repeated_len(b"-----x"), 4);
    assert_eq!(end.find(b"a--b"), Some(1));
    assert_eq!(syntax::End::at("").repeated_len(b"abc"), 0);
}

#[test]
fn pieces_may_have_a_fixed_length() {
    let bench = |pattern: &str| {
        let settings = format!("type = \"dissect\"\npattern = {pattern:?}");
        weir_testkit::pages::Bench::new(crate::FILTERS, &settings).expect("the settings are right")
    };
    let pass = |pattern: &str, text: &str| {
        let passed = bench(pattern).pass(&serde_json::json!({ "message": text }));
        passed.expect("a document").expect("it is not dropped")
    };
    let became = pass("%{year#4}%{month#2|integer}%{day#2} %{rest}", "20261123 é");
    assert_eq!(became["year"], "2026", "{became:#}");
    assert_eq!(became["month"], 11);
    assert_eq!(became["day"], "23");
    assert_eq!(became["rest"], "é");
    let became = pass("%{a#2}-%{b#1}", "é1-x");
    assert_eq!((&became["a"], &became["b"]), (&"é1".into(), &"x".into()));
    for text in ["é", "123-x", "12x"] {
        assert_eq!(pass("%{a#2}-%{b#1}", text)["tags"][0], "_dissectfailure", "{text}");
    }
}
