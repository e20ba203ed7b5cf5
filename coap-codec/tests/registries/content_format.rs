use coap_codec::ContentFormat;

/// RFC 7252 table 9, RFC 8132 section 6, RFC 8613 section 13.6, RFC 9177 table 5, RFC 8075 appendix A;
/// RFC 7390, 8392, 8428, 8710, 8742, 8790, 8949, 9052 and 9132; the first-come numbers.
const TABLE: [(ContentFormat, u16, &str); 39] = [
    (ContentFormat::TEXT_PLAIN, 0, "text/plain; charset=utf-8"),
    (ContentFormat::COSE_ENCRYPT0, 16, "application/cose; cose-type=\"cose-encrypt0\""),
    (ContentFormat::COSE_MAC0, 17, "application/cose; cose-type=\"cose-mac0\""),
    (ContentFormat::COSE_SIGN1, 18, "application/cose; cose-type=\"cose-sign1\""),
    (ContentFormat::LINK_FORMAT, 40, "application/link-format"),
    (ContentFormat::XML, 41, "application/xml"),
    (ContentFormat::OCTET_STREAM, 42, "application/octet-stream"),
    (ContentFormat::EXI, 47, "application/exi"),
    (ContentFormat::JSON, 50, "application/json"),
    (ContentFormat::JSON_PATCH, 51, "application/json-patch+json"),
    (ContentFormat::MERGE_PATCH, 52, "application/merge-patch+json"),
    (ContentFormat::CBOR, 60, "application/cbor"),
    (ContentFormat::CWT, 61, "application/cwt"),
    (ContentFormat::MULTIPART_CORE, 62, "application/multipart-core"),
    (ContentFormat::CBOR_SEQ, 63, "application/cbor-seq"),
    (ContentFormat::COSE_ENCRYPT, 96, "application/cose; cose-type=\"cose-encrypt\""),
    (ContentFormat::COSE_MAC, 97, "application/cose; cose-type=\"cose-mac\""),
    (ContentFormat::COSE_SIGN, 98, "application/cose; cose-type=\"cose-sign\""),
    (ContentFormat::COSE_KEY, 101, "application/cose-key"),
    (ContentFormat::COSE_KEY_SET, 102, "application/cose-key-set"),
    (ContentFormat::SENML_JSON, 110, "application/senml+json"),
    (ContentFormat::SENSML_JSON, 111, "application/sensml+json"),
    (ContentFormat::SENML_CBOR, 112, "application/senml+cbor"),
    (ContentFormat::SENSML_CBOR, 113, "application/sensml+cbor"),
    (ContentFormat::SENML_EXI, 114, "application/senml-exi"),
    (ContentFormat::SENSML_EXI, 115, "application/sensml-exi"),
    (ContentFormat::COAP_GROUP_JSON, 256, "application/coap-group+json"),
    (ContentFormat::DOTS_CBOR, 271, "application/dots+cbor"),
    (ContentFormat::MISSING_BLOCKS_CBOR_SEQ, 272, "application/missing-blocks+cbor-seq"),
    (ContentFormat::SENML_XML, 310, "application/senml+xml"),
    (ContentFormat::SENSML_XML, 311, "application/sensml+xml"),
    (ContentFormat::SENML_ETCH_JSON, 320, "application/senml-etch+json"),
    (ContentFormat::SENML_ETCH_CBOR, 322, "application/senml-etch+cbor"),
    (ContentFormat::OCF_CBOR, 10000, "application/vnd.ocf+cbor"),
    (ContentFormat::OSCORE, 10001, "application/oscore"),
    (ContentFormat::JSON_DEFLATE, 11050, "application/json"),
    (ContentFormat::CBOR_DEFLATE, 11060, "application/cbor"),
    (ContentFormat::LWM2M_TLV, 11542, "application/vnd.oma.lwm2m+tlv"),
    (ContentFormat::LWM2M_JSON, 11543, "application/vnd.oma.lwm2m+json"),
];

#[test]
fn every_row_both_ways() {
    for (constant, number, media_type) in TABLE {
        assert_eq!(constant, ContentFormat(number));
        assert_eq!(constant.media_type(), Some(media_type));
        let deflate = [11050, 11060].contains(&number);
        assert_eq!(constant.content_coding(), deflate.then_some("deflate"));
        let coding = constant.content_coding().unwrap_or("identity");
        let upper = media_type.to_uppercase();
        for text in [media_type, &upper] {
            assert_eq!(ContentFormat::from_coded_media_type(text, coding), Some(constant));
            let plain = TABLE.iter().find(|row| row.2 == media_type).unwrap().0;
            assert_eq!(ContentFormat::from_media_type(text), Some(plain));
        }
        assert_eq!(ContentFormat::from_coded_media_type(media_type, "gzip"), None);
        assert_eq!(constant.to_string(), media_type);
        assert_eq!(format!("{constant:?}"), format!("{number} {media_type}"));
    }
    assert_eq!(
        ContentFormat::from_coded_media_type("application/cbor", "Deflate"),
        Some(ContentFormat::CBOR_DEFLATE)
    );
    assert_eq!(
        ContentFormat::from_coded_media_type("application/cbor", "Identity"),
        Some(ContentFormat::CBOR)
    );
}

#[test]
fn no_other_number_is_known() {
    for format in (0..=u16::MAX).map(ContentFormat) {
        let known = TABLE.iter().any(|row| row.1 == format.0);
        assert_eq!(format.media_type().is_some(), known);
        if !known {
            let number = format.0.to_string();
            assert_eq!((format.to_string(), format!("{format:?}")), (number.clone(), number));
            assert_eq!(format.content_coding(), None);
        }
    }
}

#[test]
fn what_means_the_same_media_type() {
    // RFC 9110 sections 5.6.6 and 8.3.1.
    for text in [
        "text/plain;charset=utf-8",
        "Text/PLAIN;Charset=\"utf-8\"",
        "text/plain; charset=\"utf-8\"",
        "text/plain;charset=UTF-8",
        "text/plain \t;\t charset=utf-8",
        " text/plain;charset=utf-8 ",
        "text/plain;;charset=utf-8; ;",
        "text/plain; charset=\"ut\\f-8\"",
        "text/plain",
        "text/plain ; ",
    ] {
        assert_eq!(ContentFormat::from_media_type(text), Some(ContentFormat::TEXT_PLAIN), "{text}");
    }
    for text in
        ["application/cose;cose-type=cose-sign1", "application/cose ;COSE-TYPE=\"cose-sign1\""]
    {
        assert_eq!(ContentFormat::from_media_type(text), Some(ContentFormat::COSE_SIGN1), "{text}");
    }
}

#[test]
fn what_is_another_media_type_or_none() {
    for text in [
        "text/plain;charset=iso-8859-1",
        "text/plain;charset=utf-8;format=flowed",
        "text/plain;charset=utf-8;charset=utf-8",
        "text/plain;chars=utf-8",
        "text/plain;charset=\"\"",
        "application/json;charset=utf-8",
        "application/cose",
        "application/cose;cose-type=cose",
        "application/unknown",
        "",
        "/",
        "text",
        "text/",
        "/plain",
        "text /plain",
        "text/ plain",
        "text/plain/x",
        "text/plain charset=utf-8",
        "text/plain;charset",
        "text/plain;charset=",
        "text/plain;charset =utf-8",
        "text/plain;charset= utf-8",
        "text/plain;=utf-8",
        "text/plain;charset=\"utf-8",
        "text/plain;charset=\"utf-8\\",
        "text/plain;charset=\"utf-8\\\"",
        "text/plain;charset=\"utf-8\"x",
        "text/plain;charset=\"utf\u{7f}-8\"",
        "text/plain;charset=utf-8,",
        "text/plain\r\n",
        "*/*",
    ] {
        assert_eq!(ContentFormat::from_media_type(text), None, "{text}");
    }
}

#[test]
fn works_in_constants() {
    const MEDIA_TYPE: Option<&str> = ContentFormat::CBOR.media_type();
    assert_eq!(MEDIA_TYPE, Some("application/cbor"));
}
