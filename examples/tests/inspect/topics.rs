//! Topic filters and topic names.

use sansio_examples::inspect::topic_match;

#[test]
fn tells_why_a_filter_does_not_take_a_name() {
    let report = topic_match("ross_house/+", "ross_house/kitchen/temperature");
    assert!(report.well_formed);
    assert_eq!(
        report.text,
        "\
level  filter        name
    0  \"ross_house\"  \"ross_house\"   the same text
    1  \"+\"           \"kitchen\"      + takes any one level
    2  (the end)     \"temperature\"  the filter ends, the name goes on

no: \"ross_house/+\" does not take \"ross_house/kitchen/temperature\": at level 2, the filter ends, \
the name goes on
"
    );
    for (filter, name, end) in [
        ("kitchen/+/+", "ross_house/kitchen/temperature", "at level 0, the texts are different\n"),
        ("a/b/+", "a/b", "at level 2, the name ends, the filter goes on\n"),
        (
            "+/x",
            "$SYS/x",
            "at level 0, a wildcard takes no name that begins with $ [MQTT-4.7.2-1]\n",
        ),
        ("house/#", "house", "yes: \"house/#\" takes \"house\"\n"),
        ("$share/g/a/#", "a/b/c", "yes: \"a/#\" takes \"a/b/c\"\n"),
    ] {
        let report = topic_match(filter, name);
        assert!(report.well_formed && report.text.ends_with(end), "{}", report.text);
    }
}

#[test]
fn tells_what_is_wrong_with_a_filter_or_a_name() {
    for (filter, name, place, rule, problem) in [
        ("a/b#", "a", "byte 3 of 4", "MQTT-4.7.1-1", "'#' must be the whole of the last level"),
        ("ü+/b", "a", "byte 2 of 5", "MQTT-4.7.1-2", "'+' must be the whole of its level"),
        ("a", "a/+", "byte 2 of 3", "MQTT-4.7.0-1", "a topic name must not have a wildcard"),
        ("", "a", "byte 0 of 0", "MQTT-4.7.3-1", "it is empty"),
        ("$share/g", "a", "byte 8 of 8", "MQTT-4.8.2-2", "no topic filter behind the share name"),
    ] {
        let report = topic_match(filter, name);
        assert!(!report.well_formed);
        assert!(report.text.contains(&format!("at        {place}\n")), "{}", report.text);
        assert!(report.text.contains(&format!("rule      {rule}\n")), "{}", report.text);
        assert!(report.text.contains(&format!("error     {problem} (")), "{}", report.text);
    }
    // The arrow stands below the byte.
    let text = topic_match("ü+/b", "a").text;
    let lines: Vec<_> = text.lines().skip(1).take(2).collect();
    let arrow = lines[1].chars().count() - 1;
    assert_eq!(lines[0].chars().nth(arrow), Some('+'), "{text}");
}
