/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IKEv1 (RFC 2407, 2408, 2409): main mode with a pre-shared key, as responder, and as initiator
 * towards a peer that has had an SA before; quick mode in transport mode; informational exchanges.
 * The module is pure: bytes and time in, bytes and events out.
 *
 * A struct ike_sa is one ISAKMP SA, from its first message to its end. The owner finds it by its
 * cookies, passes it the messages that arrive for it, and learns by events what to do.
 */
#ifndef IKE_H
#define IKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/secret.h"
#include "esp_suite.h"
#include "ike_suite.h"
#include "ip.h"
#include "timer.h"

#define IKE_PORT              500 /* RFC 2408, 2.5.1 */
#define IKE_NATT_PORT         4500 /* RFC 3947, 4 */
#define IKE_HEADER_LEN        28
#define IKE_MESSAGE_MAX       8192 /* bytes of the longest message that we read or write */
#define IKE_FRAGMENT_SIZE_MIN 128 /* of ike_config.fragment_size: half of it is headers */
#define IKE_MAX_SUITES        32
#define IKE_ID_STR_LEN        128

/* IKE settings of the gateway; constant while any ike_sa uses them. */
struct ike_config {
	struct secret psk;
	struct ike_suite suites[IKE_MAX_SUITES]; /* in our order of preference */
	unsigned n_suites;
	uint32_t life_s; /* maximum lifetime of an ISAKMP SA; a shorter one of the peer's applies */
	const struct esp_suite *esp[IKE_MAX_SUITES]; /* in our order of preference */
	unsigned n_esp;
	uint32_t esp_life_s;
	uint64_t esp_life_kb; /* 0: no limit */
	enum dh_group pfs[8]; /* groups that a peer may request in quick mode */
	unsigned n_pfs; /* 0: PFS is refused */
	bool natt; /* NAT traversal (RFC 3947) is announced and used */
	uint32_t fragment_size; /* bytes of an IP packet above which IKE is fragmented; 0: never */
	uint32_t dpd_s; /* silence of the peer after which DPD asks (RFC 3706); 0: never */
	uint32_t dpd_max; /* unanswered R-U-THERE after which the peer is dead */
};

/* The fixed header of a message (RFC 2408, 3.1). */
struct ike_header {
	uint8_t icookie[8], rcookie[8];
	uint8_t next, version, exchange, flags;
	uint32_t message_id; /* host order */
	uint32_t len; /* host order; bytes, including the header */
};

enum ike_exchange {
	IKE_MAIN_MODE = 2,
	IKE_AGGRESSIVE = 4,
	IKE_INFORMATIONAL = 5,
	IKE_QUICK_MODE = 32,
};

/* False unless msg is an ISAKMP message of major version 1 whose length is that of the datagram. */
bool ike_header_read(const uint8_t *msg, size_t len, struct ike_header *out);

/* A pair of ESP SAs that quick mode negotiated. */
struct ike_child {
	be32 spi_in; /* ours, in packets from the peer */
	be32 spi_out; /* the peer's, in packets to it */
	const struct esp_suite *suite;
	struct esp_keys in, out;
	uint32_t life_s; /* 0: no limit */
	uint64_t life_kb; /* 0: no limit */
	be16 peer_port; /* the peer's UDP port inside ESP (IDci); 0: any */
	bool udp_encap; /* RFC 3948 */
};

/* The traffic that the peer's last quick mode negotiated; a quick mode of ours repeats it. */
struct ike_traffic {
	bool known;
	uint8_t id[2][64]; /* bodies of IDci and IDcr */
	size_t len[2]; /* bytes of them */
	be16 peer_port;
	enum dh_group pfs; /* the group for PFS; 0: without PFS */
	uint32_t life_s; /* as negotiated */
	uint64_t life_kb; /* as negotiated; 0: no limit */
};

/* Why an ISAKMP SA ended. */
enum ike_why {
	IKE_WHY_NO_PROPOSAL, /* no offered suite is configured */
	IKE_WHY_PSK, /* message 5 does not decrypt: the pre-shared keys differ */
	IKE_WHY_AUTH, /* HASH_I or HASH_R is wrong, or the peer's identity has changed */
	IKE_WHY_TIMEOUT, /* main mode did not complete in time */
	IKE_WHY_PEER_DELETE, /* the peer sent DELETE */
	IKE_WHY_EXPIRED, /* the lifetime expired */
	IKE_WHY_DEAD, /* DPD */
	IKE_WHY_LOCAL, /* the owner called ike_sa_delete() */
	IKE_WHY_UNSUPPORTED, /* aggressive mode, another authentication method, ... */
	IKE_WHY_MALFORMED,
	IKE_WHY_INTERNAL, /* out of memory, error of a library */
};

/* A phrase for the log. */
const char *ike_why_str(enum ike_why why);

struct ike_sa;

/*
 * Events of an ISAKMP SA for its owner; arg is the owner's own. Callbacks must not free the SA. It
 * frees itself after `down`, which is its last event.
 */
struct ike_events {
	/* Sends a datagram. The owner adds the non-ESP marker if the local port is 4500. */
	void (*send)(void *arg, struct ike_sa *sa, const struct ip_end *local,
		const struct ip_end *remote, const uint8_t *msg, size_t len);
	/* Main mode is complete: the peer's identity and the rest of ike_sa_info() are known. */
	void (*up)(void *arg, struct ike_sa *sa);
	/*
	 * The peer sent an authenticated INITIAL-CONTACT: all older SAs with it are dead. May come
	 * before `up` or at any time after it.
	 */
	void (*initial_contact)(void *arg, struct ike_sa *sa);
	/* Takes an unused inbound SPI; returns 0 if none is free. */
	be32 (*spi_take)(void *arg, struct ike_sa *sa);
	/* Releases an SPI that was taken and for which child_new() did not succeed. */
	void (*spi_release)(void *arg, struct ike_sa *sa, be32 spi);
	/*
	 * A pair is negotiated, and packets may arrive on spi_in from now on. Comes before message
	 * 2 of quick mode is sent. A result other than 0 refuses the pair.
	 */
	int (*child_new)(void *arg, struct ike_sa *sa, const struct ike_child *child);
	/*
	 * The owner should send on the new pair now, unless it does so already. Message 3 is
	 * verified; or it is ours, and was sent so long ago that the peer has it if it ever will. A
	 * packet on spi_in proves the same earlier.
	 */
	void (*child_up)(void *arg, struct ike_sa *sa, be32 spi_in);
	/* Message 3 of quick mode never arrived: the pair is void. */
	void (*child_gone)(void *arg, struct ike_sa *sa, be32 spi_in);
	/* The peer deleted the ESP SA on which we send. */
	void (*esp_deleted)(void *arg, struct ike_sa *sa, be32 spi_out);
	/*
	 * The peer deleted an ISAKMP SA other than this one (RFC 2408, 3.15); cookies are its two.
	 */
	void (*isakmp_deleted)(void *arg, struct ike_sa *sa, const uint8_t cookies[16]);
	/* An authenticated message came from a new outer address or port (RFC 3947). */
	void (*moved)(void *arg, struct ike_sa *sa, const struct ip_end *remote);
	/* The SA has ended. */
	void (*down)(void *arg, struct ike_sa *sa, enum ike_why why);
};

/*
 * Makes an SA for a first message (main mode, responder cookie zero), which the owner then passes
 * to ike_sa_input(). `who` names it in log lines and is copied. NULL if out of memory.
 */
struct ike_sa *ike_sa_new(const struct ike_config *config, struct timers *timers,
	const struct ike_events *events, void *arg, const struct ip_end *local,
	const struct ip_end *remote, const char *who);

/* What must be known of an ISAKMP SA to begin another one with its peer. */
struct ike_peer {
	struct ip_end local, remote;
	struct ike_suite suite;
	struct ike_traffic traffic;
	bool fragmentation; /* the peer reassembles fragments */
	const char *natt_hex, *client; /* constants of ike/ */
	char id[IKE_ID_STR_LEN];
};

/* False if the SA is not up. */
bool ike_sa_peer(const struct ike_sa *sa, struct ike_peer *out);

/* Gives an SA the traffic of one that it replaces, unless the peer has negotiated its own in it. */
void ike_sa_learn(struct ike_sa *sa, const struct ike_traffic *traffic);

/*
 * Begins main mode with a peer that has had an SA with us, and sends message 1. `up` follows, with
 * the same identity, after which ike_sa_rekey() works as in the old SA; or `down`, if the peer
 * refuses or does not answer. The old SA is not touched. NULL if out of memory.
 */
struct ike_sa *ike_sa_renew(const struct ike_config *config, struct timers *timers,
	const struct ike_events *events, void *arg, const struct ike_peer *peer, const char *who);

/*
 * Brings a new SA to the state in which message 2 is sent, with this cookie of ours and with
 * message 1 as ike_firsts_recall() returns it (ike_first.h). Sends nothing. If it returns false,
 * the state is not reached, and the caller must free the SA.
 */
bool ike_sa_resume(struct ike_sa *sa, const uint8_t rcookie[8], const struct ip_end *local,
	const struct ip_end *remote, const uint8_t *msg, size_t len);

/* Makes the SA's log lines share a limit with others until message 3 proves the peer's address. */
struct log_limit;
void ike_sa_hush(struct ike_sa *sa, struct log_limit *limit);

/* Passes the SA to another owner, when a renewed SA joins the older connection of its peer. */
void ike_sa_adopt(struct ike_sa *sa, void *arg, const char *who);

/* Processes a datagram for this SA, without the non-ESP marker. The time is timers->now_ms. */
void ike_sa_input(struct ike_sa *sa, const struct ip_end *local, const struct ip_end *remote,
	const uint8_t *msg, size_t len);

/* The peer's ESP was verified, so the peer is alive. Postpones DPD. */
void ike_sa_heard(struct ike_sa *sa);

/*
 * The peer's ESP was verified and came from this end: messages go there from now on (RFC 3947, 4).
 * Has no effect unless the SA uses UDP port 4500. No `moved` event.
 */
void ike_sa_move(struct ike_sa *sa, const struct ip_end *remote);

/*
 * Begins a quick mode of ours for the same traffic as the peer's last one, with PFS if that had it:
 * spi_take, then child_new and child_up when the peer has answered. Returns 0; -ENOTSUP if the SA
 * is not up or the peer's traffic is not known; -ENOMEM; or -EIO.
 */
int ike_sa_rekey(struct ike_sa *sa, const struct esp_suite *suite);

/* Sends DELETE for ESP SAs of ours (inbound SPIs) if the SA is up (RFC 2408, 3.15). */
void ike_sa_send_delete_esp(struct ike_sa *sa, const be32 *spi_in, unsigned n);

/* Sends DELETE for the ISAKMP SA if it is up, and frees it. No `down` event. */
void ike_sa_delete(struct ike_sa *sa);

/* Frees the SA. Sends nothing; no events. */
void ike_sa_free(struct ike_sa *sa);

/*
 * Frees the SA because the peer has forgotten it; child_gone for each pair that awaits message 3.
 */
void ike_sa_forget(struct ike_sa *sa);

struct ike_sa_info {
	uint8_t icookie[8], rcookie[8];
	struct ip_end local, remote;
	bool up;
	bool natt; /* floated to port 4500, ESP is encapsulated in UDP */
	bool nat_us, nat_peer; /* which end is behind a NAT, as found in main mode */
	/* Main mode ended from another address than it began: the peer's address is unverified. */
	bool strayed;
	struct ike_suite suite; /* all zero until a proposal is chosen */
	char id[IKE_ID_STR_LEN]; /* the peer's identity as text; "" before message 5 */
	char vendors[256]; /* names of known vendor IDs, separated by ", " */
	const char *client; /* kind of client, from its vendor IDs: "windows", ...; "" if unknown */
	const char *state; /* "main mode: waiting for message 3" */
	uint64_t created_ms; /* monotonic */
	uint64_t expires_ms; /* monotonic; 0 until it is up */
};
void ike_sa_info(const struct ike_sa *sa, struct ike_sa_info *out);

#endif
