#include "CCurl.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#ifdef __APPLE__
static const char *const names[] = {"libcurl.4.dylib", "/usr/lib/libcurl.4.dylib", NULL};
#else
static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", NULL};
#endif

static struct {
    CURLcode (*global_init)(long);
    CURL *(*init)(void);
    void (*cleanup)(CURL *);
    void (*reset)(CURL *);
    CURLcode (*setopt)(CURL *, CURLoption, ...);
    CURLcode (*getinfo)(CURL *, CURLINFO, ...);
    CURLcode (*perform)(CURL *);
    const char *(*strerror)(CURLcode);
    struct curl_slist *(*append)(struct curl_slist *, const char *);
    void (*free_list)(struct curl_slist *);
    char *(*version)(void);
} api;

static const char *problem = "it was not loaded";
static pthread_once_t once = PTHREAD_ONCE_INIT;

static int find(void *library, const char *name, void **function) {
    *function = dlsym(library, name);
    return *function != NULL;
}

static void load(void) {
    void *library = NULL;
    for (int index = 0; names[index] != NULL && library == NULL; index++) {
        library = dlopen(names[index], RTLD_NOW | RTLD_LOCAL);
    }
    if (library == NULL) {
        problem = "libcurl is not installed";
        return;
    }
    int complete = find(library, "curl_global_init", (void **)&api.global_init)
        && find(library, "curl_easy_init", (void **)&api.init)
        && find(library, "curl_easy_cleanup", (void **)&api.cleanup)
        && find(library, "curl_easy_reset", (void **)&api.reset)
        && find(library, "curl_easy_setopt", (void **)&api.setopt)
        && find(library, "curl_easy_getinfo", (void **)&api.getinfo)
        && find(library, "curl_easy_perform", (void **)&api.perform)
        && find(library, "curl_easy_strerror", (void **)&api.strerror)
        && find(library, "curl_slist_append", (void **)&api.append)
        && find(library, "curl_slist_free_all", (void **)&api.free_list)
        && find(library, "curl_version", (void **)&api.version);
    if (!complete) {
        problem = "this libcurl lacks functions";
    } else if (api.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        problem = "libcurl does not start";
    } else {
        problem = NULL;
    }
}

const char *ccurl_load(void) {
    pthread_once(&once, load);
    return problem;
}

const char *ccurl_version(void) { return ccurl_load() == NULL ? api.version() : NULL; }

struct ccurl_transfer {
    CURL *handle;
};

ccurl_transfer *ccurl_transfer_create(void) {
    if (ccurl_load() != NULL) return NULL;
    ccurl_transfer *transfer = malloc(sizeof(ccurl_transfer));
    if (transfer == NULL) return NULL;
    transfer->handle = api.init();
    if (transfer->handle != NULL) return transfer;
    free(transfer);
    return NULL;
}

void ccurl_transfer_free(ccurl_transfer *transfer) {
    if (transfer == NULL) return;
    api.cleanup(transfer->handle);
    free(transfer);
}

struct sink {
    ccurl_answer *answer;
    size_t limit;
};

static int grow(void **bytes, size_t *size, const void *more, size_t count) {
    void *grown = realloc(*bytes, *size + count + 1);
    if (grown == NULL) return 0;
    memcpy((char *)grown + *size, more, count);
    *bytes = grown;
    *size += count;
    return 1;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context) {
    struct sink *sink = context;
    size_t length = size * count;
    if (length > sink->limit - sink->answer->body_size) {
        sink->answer->over_limit = 1;
        return 0;
    }
    return grow((void **)&sink->answer->body, &sink->answer->body_size, bytes, length) ? length : 0;
}

// A status line begins a new block: what came before was an interim answer.
static size_t take_head(char *bytes, size_t size, size_t count, void *context) {
    struct sink *sink = context;
    size_t length = size * count;
    if (length >= 5 && strncasecmp(bytes, "HTTP/", 5) == 0) sink->answer->head_size = 0;
    if (sink->answer->head_size + length > 256 * 1024) {
        sink->answer->over_limit = 1;
        return 0;
    }
    return grow((void **)&sink->answer->head, &sink->answer->head_size, bytes, length) ? length : 0;
}

static int number_of(long version) {
    switch (version) {
    case CURL_HTTP_VERSION_1_0: return 10;
    case CURL_HTTP_VERSION_1_1: return 11;
    case CURL_HTTP_VERSION_2_0: return 20;
    case CURL_HTTP_VERSION_3: return 30;
    default: return 0;
    }
}

static void set_method(CURL *handle, const ccurl_request *request) {
    if (strcmp(request->method, "HEAD") == 0) {
        api.setopt(handle, CURLOPT_NOBODY, 1L);
        return;
    }
    if (request->body != NULL) {
        api.setopt(handle, CURLOPT_POST, 1L);
        api.setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
        api.setopt(handle, CURLOPT_POSTFIELDS, (const char *)request->body);
    }
    if (request->body != NULL || strcmp(request->method, "GET") != 0) {
        api.setopt(handle, CURLOPT_CUSTOMREQUEST, request->method);
    }
}

void ccurl_perform(ccurl_transfer *transfer, const ccurl_request *request, ccurl_answer *answer) {
    memset(answer, 0, sizeof(*answer));
    CURL *handle = transfer->handle;
    struct sink sink = {answer, request->limit};
    struct curl_slist *headers = NULL;
    for (const char *const *line = request->headers; *line != NULL; line++) {
        struct curl_slist *longer = api.append(headers, *line);
        if (longer == NULL) {
            api.free_list(headers);
            answer->code = CURLE_OUT_OF_MEMORY;
            return;
        }
        headers = longer;
    }
    api.reset(handle);
    api.setopt(handle, CURLOPT_ERRORBUFFER, answer->message);
    api.setopt(handle, CURLOPT_URL, request->url);
    api.setopt(handle, CURLOPT_NOSIGNAL, 1L);
    api.setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    api.setopt(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    api.setopt(handle, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    api.setopt(handle, CURLOPT_ACCEPT_ENCODING, "");
    api.setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, request->connect_timeout_ms);
    api.setopt(handle, CURLOPT_TIMEOUT_MS, request->timeout_ms);
    api.setopt(handle, CURLOPT_HTTPHEADER, headers);
    api.setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
    api.setopt(handle, CURLOPT_WRITEDATA, &sink);
    api.setopt(handle, CURLOPT_HEADERFUNCTION, take_head);
    api.setopt(handle, CURLOPT_HEADERDATA, &sink);
    if (request->ca_file != NULL) api.setopt(handle, CURLOPT_CAINFO, request->ca_file);
    if (request->bypass_proxy) {
        api.setopt(handle, CURLOPT_NOPROXY, "*");
    } else if (request->proxy != NULL) {
        api.setopt(handle, CURLOPT_PROXY, request->proxy);
    }
    if (request->fresh_connection) api.setopt(handle, CURLOPT_FRESH_CONNECT, 1L);
    set_method(handle, request);
    CURLcode code = api.perform(handle);
    long version = 0;
    double prepared = 0;
    api.getinfo(handle, CURLINFO_RESPONSE_CODE, &answer->status);
    api.getinfo(handle, CURLINFO_HTTP_VERSION, &version);
    api.getinfo(handle, CURLINFO_PRETRANSFER_TIME, &prepared);
    answer->version = number_of(version);
    answer->may_have_arrived = prepared > 0;
    answer->code = (int)code;
    if (code != CURLE_OK && answer->message[0] == '\0') {
        strncpy(answer->message, api.strerror(code), sizeof(answer->message) - 1);
    }
    api.free_list(headers);
    api.reset(handle);
}

void ccurl_answer_free(ccurl_answer *answer) {
    free(answer->head);
    free(answer->body);
    answer->head = NULL;
    answer->body = NULL;
}
