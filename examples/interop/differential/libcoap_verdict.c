/*
 * What libcoap's parser says about messages. Reads frames from standard input until it ends:
 *
 *   transport 'u' or 't' (1 byte), length (4 bytes, network order), message
 *
 * and prints a line for each, in the words of ../../src/bin/coap-verdict.rs:
 *
 *   bad
 *   ok TYPE CODE MESSAGE-ID TOKEN NUMBER:VALUE,NUMBER:VALUE PAYLOAD
 *
 * Bytes in hexadecimal, numbers in decimal, `-` for nothing; over TCP type and Message ID are `-`.
 */
#include <coap3/coap.h>
#include <stdio.h>
#include <stdlib.h>

static void bytes(const uint8_t *data, size_t length) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        putchar(digits[data[i] >> 4]);
        putchar(digits[data[i] & 15]);
    }
}

static void bytes_or_dash(const uint8_t *data, size_t length) {
    if (length == 0) putchar('-');
    bytes(data, length);
}

static void options(const coap_pdu_t *pdu) {
    coap_opt_iterator_t iterator;
    coap_opt_t *option;
    int count = 0;
    coap_option_iterator_init(pdu, &iterator, COAP_OPT_ALL);
    while ((option = coap_option_next(&iterator))) {
        printf("%s%u:", count++ ? "," : "", iterator.number);
        bytes(coap_opt_value(option), coap_opt_length(option));
    }
    if (count == 0) putchar('-');
}

static void verdict(coap_proto_t transport, const uint8_t *data, size_t length) {
    coap_pdu_t *pdu = coap_pdu_init(0, 0, 0, length);
    if (!pdu) exit(3);
    if (!coap_pdu_parse(transport, data, length, pdu)) {
        puts("bad");
    } else {
        coap_bin_const_t token = coap_pdu_get_token(pdu);
        const uint8_t *payload = NULL;
        size_t payload_length = 0;
        coap_get_data(pdu, &payload_length, &payload);
        if (transport == COAP_PROTO_UDP)
            printf("ok %d %d %d ", coap_pdu_get_type(pdu), coap_pdu_get_code(pdu),
                   coap_pdu_get_mid(pdu) & 0xFFFF);
        else
            printf("ok - %d - ", coap_pdu_get_code(pdu));
        bytes_or_dash(token.s, token.length);
        putchar(' ');
        options(pdu);
        putchar(' ');
        bytes_or_dash(payload, payload_length);
        putchar('\n');
    }
    coap_delete_pdu(pdu);
}

int main(void) {
    static uint8_t head[5], *message;
    coap_startup();
    coap_set_log_level(LOG_EMERG);
    while (fread(head, 1, sizeof head, stdin) == sizeof head) {
        size_t length = (size_t)head[1] << 24 | head[2] << 16 | head[3] << 8 | head[4];
        /* Of its exact size, so that a checker of memory sees the first byte too far. */
        message = malloc(length ? length : 1);
        if (!message || fread(message, 1, length, stdin) != length) return 2;
        verdict(head[0] == 't' ? COAP_PROTO_TCP : COAP_PROTO_UDP, message, length);
        free(message);
    }
    return 0;
}
