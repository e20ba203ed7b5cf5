//! Links, and what is wrong with them.

use sansio_examples::inspect::links;

#[test]
fn shows_links_attribute_by_attribute() {
    let document = r#"</sensors/temp>;rt="temperature-c x";ct=50;sz=40,</b>;obs;foo="a\"b""#;
    let report = links(document, &[]);
    assert!(report.well_formed);
    assert_eq!(
        report.text,
        r#"2 links, 68 bytes
     1  </sensors/temp>
        rt         temperature-c x           resource types, 2 of them
        ct         50                        application/json
        sz         40                        largest size: Bytes(40)
     2  </b>
        obs        (no value)                useful to observe
        foo        a\"b
"#
    );
}

#[test]
fn tells_which_links_the_queries_take() {
    let queries = |queries: &[&str]| {
        let queries: Vec<String> = queries.iter().map(ToString::to_string).collect();
        links("</a>;rt=light;if=x,</b>;rt=lux", &queries).text
    };
    let taken = |text: &str| [text.contains("<a>  (taken)"), text.contains("<b>  (taken)")];
    let taken = |text: String| taken(&text.replace("</", "<"));
    assert_eq!(taken(queries(&["rt=l*"])), [true, true]);
    assert_eq!(taken(queries(&["rt=l*", "if=x"])), [true, false]);
    assert_eq!(taken(queries(&["rt=lux"])), [false, true]);
    assert!(!queries(&[]).contains("taken"));
}

#[test]
fn shows_where_a_document_is_malformed_and_why() {
    let report = links("</a>;rt=\"x", &[]);
    assert!(!report.well_formed);
    assert_eq!(
        report.text,
        "\
malformed links
          </a>;rt=\\\"x
                  ^
error     a quoted string without its end (QuoteUnterminated)
at        byte 8 of 10
rule      RFC 9110 section 5.6.4
"
    );
    assert!(!links("</a>", &["=x".into()]).well_formed);
    assert!(links("", &[]).well_formed);
    for document in ["</a>,", "a", "</ä>;ü=\u{1}", "</\u{7f}>"] {
        let report = links(document, &[]);
        assert!(!report.well_formed && report.text.lines().count() == 6, "{}", report.text);
    }
}
