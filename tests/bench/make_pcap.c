/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kanmon-make-pcap: what a packet generator sends to a kanmond with static sessions, as pcap files: ESP of the
 * clients for the WAN port, and packets to the clients for the LAN port. ESP is sealed by OpenSSL, in the
 * plainest way.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#include "bench_plan.h"
#include "cksum.h"
#include "crypto/cbc.h"
#include "crypto/prf.h"

#define FRAME_MAX     2048
#define ETHER_LEN     14
#define IPV4_LEN      20
#define UDP_LEN       8
#define PROTO_UDP     17
#define PROTO_ESP     50
#define ESP_LEN       8 /* SPI, sequence number */
#define ESP_TAIL      2 /* pad length, next header */
#define SIZE_MIN      (IPV4_LEN + UDP_LEN)
#define LINK_ETHERNET 1

struct options {
	const char *config, *plan, *wan, *lan;
	uint8_t wan_mac[6], lan_mac[6]; /* kanmond's */
	unsigned size; /* of the client's IP packets */
	uint32_t packets; /* of each file; 0: four to a session */
};

static void
put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

/* --- files --------------------------------------------------------------------------------------------------- */

static FILE *
pcap_new(const char *path)
{
	const struct {
		uint32_t magic;
		uint16_t major, minor;
		uint32_t zone, digits, longest, link;
	} head = {0xa1b2c3d4, 2, 4, 0, 0, 65535, LINK_ETHERNET};
	FILE *f = fopen(path, "wb");

	if (f == NULL || fwrite(&head, sizeof(head), 1, f) != 1) {
		perror(path);
		exit(1);
	}
	return f;
}

/* A microsecond after the one before, so that any reader keeps the order. */
static void
pcap_write(FILE *f, uint32_t number, const uint8_t *frame, size_t len)
{
	const uint32_t head[4] = {number / 1000000, number % 1000000, (uint32_t)len, (uint32_t)len};

	fwrite(head, sizeof(head), 1, f);
	fwrite(frame, len, 1, f);
}

static void
pcap_close(FILE *f, const char *path)
{
	bool failed = ferror(f) != 0;

	if (fclose(f) != 0 || failed) {
		perror(path);
		exit(1);
	}
}

/* --- packets ------------------------------------------------------------------------------------------------- */

static void
write_ether(uint8_t *p, const uint8_t to[6], const uint8_t from[6])
{
	memcpy(p, to, 6);
	memcpy(p + 6, from, 6);
	put16(p + 12, 0x0800);
}

static void
write_ipv4(uint8_t *p, be32 src, be32 dst, uint8_t protocol, size_t len)
{
	uint16_t sum;

	memset(p, 0, IPV4_LEN);
	p[0] = 0x45;
	put16(p + 2, (unsigned)len);
	p[8] = 64;
	p[9] = protocol;
	memcpy(p + 12, &src, 4);
	memcpy(p + 16, &dst, 4);
	sum = cksum(p, IPV4_LEN);
	memcpy(p + 10, &sum, 2);
}

/* An IPv4 packet with UDP to the discard port, without checksum, its payload zeros and the number. */
static void
write_packet(uint8_t *p, be32 src, be32 dst, unsigned size, uint32_t number)
{
	memset(p, 0, size);
	write_ipv4(p, src, dst, PROTO_UDP, size);
	put16(p + IPV4_LEN, 49152);
	put16(p + IPV4_LEN + 2, 9);
	put16(p + IPV4_LEN + 4, size - IPV4_LEN);
	if (size >= SIZE_MIN + 4)
		put32(p + SIZE_MIN, number);
}

/* UDP, L2TP and PPP headers of a client's data (RFC 2661, 3.1; RFC 1661); their length. */
static size_t
write_l2tp(uint8_t *p, const struct bench_session *s, unsigned size)
{
	const size_t len = UDP_LEN + 8 + 4;

	put16(p, 1701);
	put16(p + 2, 1701);
	put16(p + 4, (unsigned)(len + size));
	put16(p + 6, 0);
	put16(p + 8, 0x4002); /* data with its length, version 2 */
	put16(p + 10, (unsigned)(len - UDP_LEN + size));
	put16(p + 12, s->our_tid);
	put16(p + 14, s->our_sid);
	put16(p + 16, 0xff03);
	put16(p + 18, 0x0021); /* IPv4 */
	return len;
}

static int
encrypt(const struct esp_suite *suite, const uint8_t *key, const uint8_t *iv, uint8_t *text,
	size_t len)
{
	static const enum cbc_id cipher[] = {
		[ESP_DES_CBC] = CBC_DES, [ESP_3DES_CBC] = CBC_3DES, [ESP_AES_CBC] = CBC_AES};

	return cbc_encrypt(cipher[suite->cipher], key, suite->cipher_key_len, iv, text, len, text);
}

/* Seals what begins at esp + header + IV and has len bytes (RFC 4303); the length of all, 0 on error. */
static size_t
seal(const struct esp_suite *suite, const struct bench_session *s, uint32_t seq, uint8_t *esp,
	size_t len)
{
	static const enum hash_id hashes[] = {
		[ESP_HMAC_MD5_96] = HASH_MD5,
		[ESP_HMAC_SHA1_96] = HASH_SHA1,
		[ESP_HMAC_SHA2_256_128] = HASH_SHA256,
		[ESP_HMAC_SHA2_384_192] = HASH_SHA384,
		[ESP_HMAC_SHA2_512_256] = HASH_SHA512,
		[ESP_HMAC_SHA2_256_96] = HASH_SHA256,
	};
	enum hash_id hash = hashes[suite->auth];
	size_t head = ESP_LEN + suite->iv_len, block = suite->block;
	size_t cipher = (len + ESP_TAIL + block - 1) / block * block;
	size_t pad = cipher - len - ESP_TAIL;
	uint8_t *text = esp + head, digest[HASH_MAX];
	const struct part part = {esp, head + cipher};

	memcpy(esp, &s->spi_in, 4);
	put32(esp + 4, seq);
	randombytes_buf(esp + ESP_LEN, suite->iv_len);
	for (size_t i = 0; i < pad; i++)
		text[len + i] = (uint8_t)(i + 1);
	text[len + pad] = (uint8_t)pad;
	text[len + pad + 1] = PROTO_UDP;
	if (encrypt(suite, s->in.cipher, esp + ESP_LEN, text, cipher) != 0 ||
		prf(hash, s->in.auth, suite->auth_key_len, &part, 1, digest) != 0)
		return 0;
	memcpy(text + cipher, digest, suite->icv_len);
	return head + cipher + suite->icv_len;
}

/* A client's packet to the server, as it arrives on the WAN; the frame's length. */
static size_t
wan_frame(const struct options *o, const struct config *c, const struct bench_plan *plan,
	const struct bench_session *s, uint32_t number, uint8_t *frame)
{
	uint8_t *esp = frame + ETHER_LEN + IPV4_LEN;
	uint8_t *inner = esp + ESP_LEN + plan->suite->iv_len;
	size_t len = write_l2tp(inner, s, o->size);

	write_packet(inner + len, s->client, plan->server, o->size, number);
	len = seal(plan->suite, s, number / plan->count + 1, esp, len + o->size);
	if (len == 0) {
		fputs("OpenSSL does not seal\n", stderr);
		exit(1);
	}
	write_ether(frame, o->wan_mac, plan->peer_mac);
	write_ipv4(frame + ETHER_LEN, s->peer, c->wan.address.addr, PROTO_ESP, IPV4_LEN + len);
	return ETHER_LEN + IPV4_LEN + len;
}

static size_t
lan_frame(const struct options *o, const struct bench_plan *plan, const struct bench_session *s,
	uint32_t number, uint8_t *frame)
{
	write_ether(frame, o->lan_mac, plan->server_mac);
	write_packet(frame + ETHER_LEN, plan->server, s->client, o->size, number);
	return ETHER_LEN + o->size;
}

/* --- command line -------------------------------------------------------------------------------------------- */

static void
usage(FILE *to)
{
	fputs("usage: make-pcap -c CONFIG -s SESSIONS [OPTION]...\n"
	      "  -c FILE        kanmond's configuration\n"
	      "  -s FILE        its static sessions (kanmond --bench-sessions)\n"
	      "  --wan FILE     write what clients send to kanmond's WAN port\n"
	      "  --wan-mac MAC  that port's Ethernet address\n"
	      "  --lan FILE     write what the LAN sends to the clients\n"
	      "  --lan-mac MAC  that port's Ethernet address\n"
	      "  --size N       bytes of each inner IP packet (1400)\n"
	      "  --packets N    in each file (four for each session)\n",
		to);
}

static void
take_mac(const char *text, uint8_t mac[6])
{
	if (sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &mac[0], &mac[1], &mac[2], &mac[3],
		    &mac[4], &mac[5]) != 6) {
		fprintf(stderr, "%s is no Ethernet address\n", text);
		exit(2);
	}
}

static void
parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{"wan", required_argument, NULL, 'w'},
		{"wan-mac", required_argument, NULL, 'W'},
		{"lan", required_argument, NULL, 'l'},
		{"lan-mac", required_argument, NULL, 'L'},
		{"size", required_argument, NULL, 'S'},
		{"packets", required_argument, NULL, 'n'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:s:h", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 's':
			o->plan = optarg;
			break;
		case 'w':
			o->wan = optarg;
			break;
		case 'W':
			take_mac(optarg, o->wan_mac);
			break;
		case 'l':
			o->lan = optarg;
			break;
		case 'L':
			take_mac(optarg, o->lan_mac);
			break;
		case 'S':
			o->size = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'n':
			o->packets = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			usage(stderr);
			exit(2);
		}
	}
	if (optind < argc || o->config == NULL || o->plan == NULL ||
		(o->wan == NULL && o->lan == NULL)) {
		usage(stderr);
		exit(2);
	}
}

static void
print_report(void *arg, enum config_severity severity, const char *line)
{
	(void)arg;
	(void)severity;
	fprintf(stderr, "%s\n", line);
}

int
main(int argc, char **argv)
{
	struct options o = {.size = 1400};
	static struct config config;
	struct bench_plan plan;
	uint8_t frame[FRAME_MAX];
	FILE *wan, *lan;

	parse_options(argc, argv, &o);
	if (sodium_init() < 0 ||
		config_load(o.config, CONFIG_BENCH, &config, print_report, NULL) != 0)
		return 2;
	if (bench_plan_read(o.plan, &config, &plan, print_report, NULL) != 0)
		return 2;
	if (o.size < SIZE_MIN || o.size > config.ppp.mtu) {
		fprintf(stderr, "--size %u: %u to ppp.mtu, %u\n", o.size, SIZE_MIN, config.ppp.mtu);
		return 2;
	}
	if (plan.suite->cipher == ESP_AES_GCM) {
		fprintf(stderr, "%s: suite: make-pcap seals with CBC and HMAC only\n", o.plan);
		return 2;
	}
	if (o.packets == 0)
		o.packets = 4 * plan.count;
	wan = o.wan != NULL ? pcap_new(o.wan) : NULL;
	lan = o.lan != NULL ? pcap_new(o.lan) : NULL;
	for (uint32_t i = 0; i < o.packets; i++) {
		struct bench_session s;

		if (bench_plan_session(&plan, config.n_workers, i % plan.count, &s) != 0)
			return 1;
		if (wan != NULL)
			pcap_write(wan, i, frame, wan_frame(&o, &config, &plan, &s, i, frame));
		if (lan != NULL)
			pcap_write(lan, i, frame, lan_frame(&o, &plan, &s, i, frame));
	}
	if (wan != NULL)
		pcap_close(wan, o.wan);
	if (lan != NULL)
		pcap_close(lan, o.lan);
	config_free(&config);
	return 0;
}
