#ifndef CCURL_H
#define CCURL_H

#include <stddef.h>
#include <stdint.h>

// One request at a time over libcurl. The library is looked up when the first transfer is made, so that a program that
// makes none pays nothing for it when it starts.

typedef struct ccurl_transfer ccurl_transfer;

typedef struct {
    const char *method;
    const char *url;
    // `Name: value` lines, ended by NULL.
    const char *const *headers;
    // NULL when the request carries none.
    const uint8_t *body;
    size_t body_size;
    long connect_timeout_ms;
    long timeout_ms;
    // The most bytes of a body that are taken, after decompression.
    size_t limit;
    // NULL: the system's certificates.
    const char *ca_file;
    // NULL: the variables of the environment decide.
    const char *proxy;
    // Whether no proxy is used, whatever the environment says.
    int bypass_proxy;
    // Whether no connection of an earlier request is used: libcurl sends a request again by itself when such a connection
    // turns out to be dead, and the first sending may have had its effect.
    int fresh_connection;
} ccurl_request;

typedef struct {
    // What libcurl says; 0 is success.
    int code;
    // Whether the request, or a part of it, may have reached the server.
    int may_have_arrived;
    int over_limit;
    long status;
    // 10, 11, 20, 30; 0 when there was no answer.
    int version;
    // The last header block as it came, with its status line.
    char *head;
    size_t head_size;
    uint8_t *body;
    size_t body_size;
    char message[256];
} ccurl_answer;

// Loads the library; NULL when it is there, else why it is not.
const char *ccurl_load(void);
// `libcurl/7.88.1 …`; NULL before the library is loaded.
const char *ccurl_version(void);
// NULL when there is no memory or no library.
ccurl_transfer *ccurl_transfer_create(void);
void ccurl_transfer_free(ccurl_transfer *transfer);
void ccurl_perform(ccurl_transfer *transfer, const ccurl_request *request, ccurl_answer *answer);
void ccurl_answer_free(ccurl_answer *answer);

#endif
