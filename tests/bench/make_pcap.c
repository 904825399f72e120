/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kanmon-make-pcap: writes what a packet generator sends to a kanmond with static sessions, as pcap
 * files: ESP of the clients for the WAN port, and packets to the clients for the LAN port. ESP is
 * encrypted by OpenSSL, independently of the data plane.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#include "bench_plan.h"
#include "crypto/cbc.h"
#include "crypto/prf.h"
#include "packet.h"

#define FRAME_MAX     2048
#define ESP_LEN       8 /* SPI, sequence number */
#define SIZE_MIN      (PACKET_IPV4_LEN + PACKET_UDP_LEN)
#define PORT_FROM     49152
#define PORT_DISCARD  9 /* RFC 863 */
#define LINK_ETHERNET 1

struct options {
	const char *config, *plan, *wan, *lan;
	uint8_t wan_mac[6], lan_mac[6]; /* kanmond's */
	unsigned size; /* bytes of the clients' IP packets */
	uint32_t packets; /* in each file; 0: four per session */
};

static void
put32(uint8_t *p, uint32_t v)
{
	be32 be = htonl(v);

	memcpy(p, &be, sizeof(be));
}

/* --- files ------------------------------------------------------------------------------------ */

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

/* A microsecond after the previous one, so that any reader keeps the order. */
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

/* --- packets ---------------------------------------------------------------------------------- */

/* An IPv4 packet with UDP to the discard port: zeros, and its number if that fits. */
static void
write_packet(uint8_t *p, be32 src, be32 dst, unsigned size, uint32_t number)
{
	memset(p, 0, size);
	packet_udp(p, (struct ip_end){src, htons(PORT_FROM)},
		(struct ip_end){dst, htons(PORT_DISCARD)}, size);
	if (size >= SIZE_MIN + 4)
		put32(p + SIZE_MIN, number);
}

static int
encrypt(const struct esp_suite *suite, const uint8_t *key, const uint8_t *iv, uint8_t *text,
	size_t len)
{
	static const enum cbc_id cipher[] = {
		[ESP_DES_CBC] = CBC_DES, [ESP_3DES_CBC] = CBC_3DES, [ESP_AES_CBC] = CBC_AES};

	return cbc_encrypt(cipher[suite->cipher], key, suite->cipher_key_len, iv, text, len, text);
}

/*
 * Encrypts the len bytes behind esp + header + IV (RFC 4303); returns the length of the ESP packet,
 * 0 on error.
 */
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
	size_t head = ESP_LEN + suite->iv_len;
	size_t cipher = packet_cipher_len(len, suite->block);
	uint8_t *text = esp + head, digest[HASH_MAX];
	const struct part part = {esp, head + cipher};

	memcpy(esp, &s->spi_in, 4);
	put32(esp + 4, seq);
	randombytes_buf(esp + ESP_LEN, suite->iv_len);
	packet_trailer(text, len, cipher);
	if (encrypt(suite, s->in.cipher, esp + ESP_LEN, text, cipher) != 0 ||
		prf(hash, s->in.auth, suite->auth_key_len, &part, 1, digest) != 0)
		return 0;
	memcpy(text + cipher, digest, suite->icv_len);
	return head + cipher + suite->icv_len;
}

/* A packet of the client to the server, as it arrives on the WAN; returns the frame's length. */
static size_t
wan_frame(const struct options *o, const struct config *c, const struct bench_plan *plan,
	const struct bench_session *s, uint32_t number, uint8_t *frame)
{
	uint8_t *esp = frame + PACKET_ETHER_LEN + PACKET_IPV4_LEN;
	uint8_t *inner = esp + ESP_LEN + plan->suite->iv_len;
	size_t len;

	packet_l2tp(inner, s->our_tid, s->our_sid, o->size);
	write_packet(inner + PACKET_L2TP_LEN, s->client, plan->server, o->size, number);
	len = seal(plan->suite, s, number / plan->count + 1, esp, PACKET_L2TP_LEN + o->size);
	if (len == 0) {
		fputs("OpenSSL cannot encrypt\n", stderr);
		exit(1);
	}
	len += PACKET_IPV4_LEN;
	packet_ether(frame, o->wan_mac, plan->peer_mac);
	packet_ipv4(frame + PACKET_ETHER_LEN, s->peer, c->wan.address.addr, PACKET_PROTO_ESP, len);
	return PACKET_ETHER_LEN + len;
}

/* A packet of the server to the client, as it arrives on the LAN; returns the frame's length. */
static size_t
lan_frame(const struct options *o, const struct bench_plan *plan, const struct bench_session *s,
	uint32_t number, uint8_t *frame)
{
	packet_ether(frame, o->lan_mac, plan->server_mac);
	write_packet(frame + PACKET_ETHER_LEN, plan->server, s->client, o->size, number);
	return PACKET_ETHER_LEN + o->size;
}

/* --- command line ----------------------------------------------------------------------------- */

static void
usage(FILE *to)
{
	fputs("usage: make-pcap -c CONFIG -s SESSIONS [OPTION]...\n"
	      "  -c FILE        configuration of kanmond\n"
	      "  -s FILE        its static sessions (kanmond --bench-sessions)\n"
	      "  --wan FILE     write the packets that clients send to kanmond's WAN port\n"
	      "  --wan-mac MAC  Ethernet address of that port\n"
	      "  --lan FILE     write the packets that the LAN sends to the clients\n"
	      "  --lan-mac MAC  Ethernet address of that port\n"
	      "  --size N       bytes of each inner IP packet (default 1400)\n"
	      "  --packets N    packets in each file (default four per session)\n",
		to);
}

static void
take_mac(const char *text, uint8_t mac[6])
{
	if (sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &mac[0], &mac[1], &mac[2], &mac[3],
		    &mac[4], &mac[5]) != 6) {
		fprintf(stderr, "%s is not a valid Ethernet address\n", text);
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
		fprintf(stderr, "--size %u is out of range (%u to ppp.mtu, which is %u)\n", o.size,
			(unsigned)SIZE_MIN, config.ppp.mtu);
		return 2;
	}
	if (plan.suite->cipher == ESP_AES_GCM) {
		fprintf(stderr, "%s: suite: make-pcap supports CBC with HMAC only\n", o.plan);
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
