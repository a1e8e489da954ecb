import HTTP
import Testing

struct URLTests {
    @Test(arguments: [
        ("https://API.Example.com", "https://api.example.com/"),
        ("https://git.example.com:8443/api/v3?x=1#part", "https://git.example.com:8443/api/v3?x=1"),
        ("http://127.0.0.1:80/a", "http://127.0.0.1:80/a"), ("http://localhost", "http://localhost/"),
        ("http://[::1]:9/", "http://[::1]:9/"), ("https://host?q", "https://host/?q"),
    ])
    func readsPlainForms(text: String, expected: String) throws {
        #expect(try HTTPURL(text).description == expected)
    }

    @Test(arguments: [
        "http://example.com/", "http://127.0.0.1.example.com/", "http://127.evil.com", "ftp://127.0.0.1", "example.com",
        "https://", "https://:80/", "https://user:secret@example.com/", "http://127.0.0.1@example.com/",
        "https://example.com\\@evil.com/", "https://example.com/a b", "https://exa\u{0}mple.com", "https://host:99999/",
        "https://host:1:2/", "https://[::1/", "http://127.1/", "http://2130706433/", "http://[::ffff:1.2.3.4]/",
    ])
    func refusesWhatCouldLeadElsewhere(text: String) {
        #expect(throws: HTTPProblem.self) { try HTTPURL(text) }
    }

    @Test func messagesHideThePassword() {
        do {
            _ = try HTTPURL("https://user:secret@example.com/")
            Issue.record("accepted")
        } catch {
            #expect(!error.description.contains("secret"))
            #expect(error.exitStatus == 78)
        }
    }

    @Test func pathsAreJoined() throws {
        let root = try HTTPURL("https://h/api/v3/")
        #expect(root.appending("repos/a").description == "https://h/api/v3/repos/a")
        #expect(root.appending("?a=b").description == "https://h/api/v3?a=b")
        #expect(root.with(target: "/api/graphql").description == "https://h/api/graphql")
    }
}
