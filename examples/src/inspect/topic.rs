use std::fmt::Write;

use topic_matcher::{
    MismatchKind, Subscription, TopicError, TopicErrorKind, TopicFilter, TopicName,
};

use super::Report;
use super::describe::point_at;

/// Whether the topic filter takes the topic name, level by level, and if not where and why.
pub fn explain(filter: &str, name: &str) -> Report {
    let mut text = String::new();
    let (subscription, topic) = (Subscription::new(filter), TopicName::new(name));
    let (Ok(subscription), Ok(topic)) = (subscription, topic) else {
        malformed("filter", filter, subscription.err(), &mut text);
        malformed("name", name, topic.err(), &mut text);
        return Report { text, well_formed: false };
    };
    let taking = subscription.filter();
    if let Some(share_name) = subscription.share_name() {
        let _ = writeln!(text, "shared by {share_name:?}, whose filter is {:?}\n", taking.as_str());
    }
    levels(taking, topic, &mut text);
    Report { text, well_formed: true }
}

fn levels(filter: TopicFilter<'_>, name: TopicName<'_>, text: &mut String) {
    let why = filter.mismatch(name);
    let last = why.map(|why| why.level as usize);
    let widest = |levels: topic_matcher::Levels<'_>| {
        levels.map(|level| level.chars().count() + 2).max().unwrap_or(0).clamp(9, 30)
    };
    let (left, right) = (widest(filter.levels()), widest(name.levels()));

    let _ = writeln!(text, "level  {:<left$}  name", "filter");
    let (mut wanted, mut given) = (filter.levels(), name.levels());
    for level in 0.. {
        let (w, g) = (wanted.next(), given.next());
        let is_hash = w == Some("#");
        let mut remark = match (w, g) {
            (None, None) => break,
            (Some("#"), _) => "# takes what follows, be it nothing",
            (Some("+"), Some(_)) => "+ takes any one level",
            _ => "the same text",
        };
        if let (Some(why), true) = (why, last == Some(level)) {
            remark = reason(why.kind);
        }
        let shown = if is_hash { rest(g, &given) } else { quoted(g) };
        let _ = writeln!(text, "{level:>5}  {:<left$}  {shown:<right$}  {remark}", quoted(w));
        if is_hash || last == Some(level) {
            break;
        }
    }
    let _ = match why {
        None => writeln!(text, "\nyes: {:?} takes {:?}", filter.as_str(), name.as_str()),
        Some(why) => writeln!(
            text,
            "\nno: {:?} does not take {:?}: at level {}, {}",
            filter.as_str(),
            name.as_str(),
            why.level,
            reason(why.kind)
        ),
    };
}

fn reason(kind: MismatchKind) -> &'static str {
    match kind {
        MismatchKind::LevelsDiffer => "the texts are different",
        MismatchKind::NameIsLonger => "the filter ends, the name goes on",
        MismatchKind::FilterIsLonger => "the name ends, the filter goes on",
        MismatchKind::Dollar => "a wildcard takes no name that begins with $ [MQTT-4.7.2-1]",
        _ => "they part",
    }
}

fn quoted(level: Option<&str>) -> String {
    level.map_or("(the end)".into(), |level| format!("{level:?}"))
}

/// This level of the name and all behind it.
fn rest(level: Option<&str>, behind: &topic_matcher::Levels<'_>) -> String {
    match (level, behind.rest()) {
        (Some(level), Some(behind)) => format!("{:?}", format!("{level}/{behind}")),
        (level, _) => quoted(level),
    }
}

fn malformed(what: &str, topic: &str, error: Option<TopicError>, text: &mut String) {
    let Some(error) = error else { return };
    let at = error.offset as usize;
    let _ = writeln!(text, "malformed topic {what}");
    point_at(topic, at, text);
    let _ = writeln!(text, "error     {} ({:?})", problem(error.kind), error.kind);
    let _ = writeln!(text, "at        byte {at} of {}", topic.len());
    let _ = writeln!(text, "rule      {}", error.kind.rule());
}

/// What is wrong with the text.
fn problem(kind: TopicErrorKind) -> String {
    match kind {
        TopicErrorKind::Empty => "it is empty".into(),
        TopicErrorKind::TooLong => "it is longer than 65535 bytes".into(),
        TopicErrorKind::Null => "it has a null character".into(),
        TopicErrorKind::WildcardInName => "a topic name must not have a wildcard".into(),
        TopicErrorKind::MisplacedHash => "'#' must be the whole of the last level".into(),
        TopicErrorKind::MisplacedPlus => "'+' must be the whole of its level".into(),
        TopicErrorKind::EmptyShareName => "the share name is empty".into(),
        TopicErrorKind::WildcardInShareName => "a share name must not have a wildcard".into(),
        TopicErrorKind::MissingFilter => "no topic filter behind the share name".into(),
        other => other.to_string(),
    }
}
