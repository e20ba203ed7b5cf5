//! The documents of the standards.

use crate::both_ways;

/// RFC 6690 section 5.
#[test]
fn link_format_examples() {
    both_ways(
        r#"</sensors/temp>;if="sensor",</sensors/light>;if="sensor""#,
        &[
            ("/sensors/temp", &[("if", Some("sensor"))]),
            ("/sensors/light", &[("if", Some("sensor"))]),
        ],
    );
    both_ways("</sensors>;ct=40", &[("/sensors", &[("ct", Some("40"))])]);
    both_ways(
        r#"</sensors/temp>;rt="temperature-c";if="sensor",</sensors/light>;rt="light-lux";if="sensor""#,
        &[
            ("/sensors/temp", &[("rt", Some("temperature-c")), ("if", Some("sensor"))]),
            ("/sensors/light", &[("rt", Some("light-lux")), ("if", Some("sensor"))]),
        ],
    );
    both_ways(
        r#"</sensors/light>;rt="light-lux";if="sensor""#,
        &[("/sensors/light", &[("rt", Some("light-lux")), ("if", Some("sensor"))])],
    );
    both_ways(
        r#"</sensors/light>;rt="light-lux core.sen-light";if="sensor""#,
        &[("/sensors/light", &[("rt", Some("light-lux core.sen-light")), ("if", Some("sensor"))])],
    );
    both_ways(
        concat!(
            r#"</sensors>;ct=40;title="Sensor Index","#,
            r#"</sensors/temp>;rt="temperature-c";if="sensor","#,
            r#"</sensors/light>;rt="light-lux";if="sensor","#,
            r#"<http://www.example.com/sensors/t123>;anchor="/sensors/temp";rel="describedby","#,
            r#"</t>;anchor="/sensors/temp";rel="alternate""#,
        ),
        &[
            ("/sensors", &[("ct", Some("40")), ("title", Some("Sensor Index"))]),
            ("/sensors/temp", &[("rt", Some("temperature-c")), ("if", Some("sensor"))]),
            ("/sensors/light", &[("rt", Some("light-lux")), ("if", Some("sensor"))]),
            (
                "http://www.example.com/sensors/t123",
                &[("anchor", Some("/sensors/temp")), ("rel", Some("describedby"))],
            ),
            ("/t", &[("anchor", Some("/sensors/temp")), ("rel", Some("alternate"))]),
        ],
    );
    both_ways(
        r#"</firmware/v2.1>;rt="firmware";sz=262144"#,
        &[("/firmware/v2.1", &[("rt", Some("firmware")), ("sz", Some("262144"))])],
    );
}

/// RFC 9176 section 4.3, 5, 6.3, 6.4, appendix B.
#[test]
fn resource_directory_examples() {
    both_ways(
        "</rd>;rt=core.rd;ct=40,</rd-lookup/ep>;rt=core.rd-lookup-ep;ct=40,\
         </rd-lookup/res>;rt=core.rd-lookup-res;ct=40",
        &[
            ("/rd", &[("rt", Some("core.rd")), ("ct", Some("40"))]),
            ("/rd-lookup/ep", &[("rt", Some("core.rd-lookup-ep")), ("ct", Some("40"))]),
            ("/rd-lookup/res", &[("rt", Some("core.rd-lookup-res")), ("ct", Some("40"))]),
        ],
    );
    both_ways(
        r#"</rd-lookup/res>;rt=core.rd-lookup-res;ct="40 65060 65050";obs"#,
        &[(
            "/rd-lookup/res",
            &[("rt", Some("core.rd-lookup-res")), ("ct", Some("40 65060 65050")), ("obs", None)],
        )],
    );
    both_ways(
        "<http://software.example.com/shiny-resource-directory/1.0beta1>;rel=impl-info",
        &[(
            "http://software.example.com/shiny-resource-directory/1.0beta1",
            &[("rel", Some("impl-info"))],
        )],
    );
    both_ways(
        r#"</sensors/temp>;rt=temperature-c;if=sensor,<http://www.example.com/sensors/temp>;anchor="/sensors/temp";rel=describedby"#,
        &[
            ("/sensors/temp", &[("rt", Some("temperature-c")), ("if", Some("sensor"))]),
            (
                "http://www.example.com/sensors/temp",
                &[("anchor", Some("/sensors/temp")), ("rel", Some("describedby"))],
            ),
        ],
    );
    both_ways(
        r#"<coap://[2001:db8:3::123]:61616/temp>;rt="tag:example.org,2020:temperature""#,
        &[(
            "coap://[2001:db8:3::123]:61616/temp",
            &[("rt", Some("tag:example.org,2020:temperature"))],
        )],
    );
    both_ways(
        r#"</rd/4521>;base="coap://[2001:db8:3::129]:61616";ep=node7;et="tag:example.com,2020:platform";ct=40;d=floor-3;rt=core.rd-ep"#,
        &[(
            "/rd/4521",
            &[
                ("base", Some("coap://[2001:db8:3::129]:61616")),
                ("ep", Some("node7")),
                ("et", Some("tag:example.com,2020:platform")),
                ("ct", Some("40")),
                ("d", Some("floor-3")),
                ("rt", Some("core.rd-ep")),
            ],
        )],
    );
    both_ways(
        "</temperature/Malmö>;rel=live-environment-data",
        &[("/temperature/Malmö", &[("rel", Some("live-environment-data"))])],
    );
    both_ways("<coap+tcp://sh1.example.com/t>", &[("coap+tcp://sh1.example.com/t", &[])]);
}

/// RFC 8288 section 3.5, without the space that a document has not.
#[test]
fn web_linking_examples() {
    both_ways(
        r#"<http://example.com/TheBook/chapter2>;rel="previous";title="previous chapter""#,
        &[(
            "http://example.com/TheBook/chapter2",
            &[("rel", Some("previous")), ("title", Some("previous chapter"))],
        )],
    );
    both_ways(
        "</TheBook/chapter2>;rel=previous;title*=UTF-8'de'letztes%20Kapitel,\
         </TheBook/chapter4>;rel=next;title*=UTF-8'de'n%c3%a4chstes%20Kapitel",
        &[
            (
                "/TheBook/chapter2",
                &[("rel", Some("previous")), ("title*", Some("UTF-8'de'letztes%20Kapitel"))],
            ),
            (
                "/TheBook/chapter4",
                &[("rel", Some("next")), ("title*", Some("UTF-8'de'n%c3%a4chstes%20Kapitel"))],
            ),
        ],
    );
    both_ways(
        r##"</terms>;rel="copyright";anchor="#foo""##,
        &[("/terms", &[("rel", Some("copyright")), ("anchor", Some("#foo"))])],
    );
}

#[test]
fn separators_in_quotes_and_targets_do_not_separate() {
    both_ways(
        r#"</a,b;c=d>;title="x,</y>;z=\"1\",\\";t="<a>;b",<?,;>;a=<b>"#,
        &[
            ("/a,b;c=d", &[("title", Some(r#"x,</y>;z="1",\"#)), ("t", Some("<a>;b"))]),
            ("?,;", &[("a", Some("<b>"))]),
        ],
    );
    // What real lamps send.
    both_ways(
        "<//15001/65536>;obs,<//15001/65537>",
        &[("//15001/65536", &[("obs", None)]), ("//15001/65537", &[])],
    );
}

#[test]
fn every_character_of_a_token_stands_without_quotes() {
    let token = "!#$%&'()*+-./09:<=>?@AZ[]^_`az{|}~";
    both_ways(&format!("<>;x={token}"), &[("", &[("x", Some(token))])]);
    let name = "!#$&+-.^_`|~09azAZ";
    both_ways(
        &format!("<>;{name}=1;{name}*=a''"),
        &[("", &[(name, Some("1")), (&format!("{name}*"), Some("a''"))])],
    );
}

#[test]
fn the_empty_document_has_no_links() {
    both_ways("", &[]);
    both_ways("<>", &[("", &[])]);
    both_ways(r#"<>;a="""#, &[("", &[("a", Some(""))])]);
}
